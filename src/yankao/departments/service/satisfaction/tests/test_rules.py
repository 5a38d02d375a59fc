"""Draws that can be repeated, intervals that stay between 0 and 100, cells nobody can work out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.satisfaction import rules
from yankao.departments.service.satisfaction.rules import Tally
from yankao.kernel.figures.rules import withheld


def test_wilson_against_published_values():
    """Newcombe 1998, table I: 81 of 263 is 0.2553–0.3662; 0 of 20 is 0–0.1611."""
    low, high = rules.wilson(81, 263)
    assert (round(low, 2), round(high, 2)) == (25.53, 36.62)
    low, high = rules.wilson(0, 20)
    assert (low, round(high, 2)) == (0.0, 16.11)
    assert rules.wilson(0, 0) is None


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share(pair):
    hits, of = pair
    low, high = rules.wilson(hits, of)
    assert 0 <= low <= 100 * hits / of + 1e-9
    assert 100 * hits / of - 1e-9 <= high <= 100


@given(st.sets(st.integers(1, 10**6), max_size=40), st.integers(0, 50), st.randoms())
def test_a_draw_does_not_depend_on_order_and_grows_at_its_end(ids, size, chance):
    shuffled = sorted(ids, key=lambda _id: chance.random())
    sample = rules.drawn(shuffled, size=size, seed="a")
    assert sample == rules.drawn(ids, size=size, seed="a")
    assert len(sample) == len(set(sample)) == min(size, len(ids))
    assert rules.drawn(ids, size=size + 1, seed="a")[: len(sample)] == sample


def test_another_seed_draws_others():
    ids = range(1000)
    assert rules.drawn(ids, size=50, seed="a") != rules.drawn(ids, size=50, seed="b")


def test_about_the_share_is_chosen_and_the_same_again():
    chosen = [id for id in range(20_000) if rules.is_chosen(seed="k", id=id, share_pct=20)]
    assert 3_700 < len(chosen) < 4_300
    assert not any(rules.is_chosen(seed="k", id=id, share_pct=0) for id in range(1000))
    assert all(rules.is_chosen(seed="k", id=id, share_pct=100) for id in range(1000))


def test_valid_and_missing_are_counted_apart():
    tally = Tally((3, 2, 1, 1, 1), missing=7)
    assert (tally.valid, tally.satisfied, tally.dissatisfied) == (8, 5, 2)
    assert tally.satisfied_pct == 62.5
    assert Tally(missing=7).satisfied_pct is None


@pytest.mark.parametrize(
    ("valid", "hidden"),
    [
        ([10, 20], set()),
        ([4, 0], {0}),  # alone: nothing else has answers, and the total is withheld as well
        ([4, 20, 9], {0, 2}),  # the total would tell a single hidden one
        ([2, 2, 20, 30], {0, 1, 2}),  # two hidden with four answers together are still few
        ([3, 4, 20], {0, 1}),
        ([0, 0], set()),
        ([], set()),
    ],
)
def test_small_cells_do_not_follow_from_the_total(valid, hidden):
    assert withheld(valid, least=5) == hidden


@given(st.lists(st.integers(0, 30), max_size=12))
def test_what_is_hidden_is_never_a_single_cell_beside_others(valid):
    hidden = withheld(valid, least=5)
    shown = [n for place, n in enumerate(valid) if place not in hidden]
    assert all(n == 0 or n >= 5 for n in shown)
    if any(shown) and hidden:
        assert len(hidden) > 1
        assert sum(valid[place] for place in hidden) >= 5
