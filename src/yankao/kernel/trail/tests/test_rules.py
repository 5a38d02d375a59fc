"""Digests and the chain, without a database."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yankao.base.actors import ANONYMOUS, Actor, Grant, system_actor
from yankao.kernel.trail import rules
from yankao.kernel.trail.rules import GENESIS, Head

AT = datetime(2026, 3, 4, 2, 0, 0, 123456, tzinfo=UTC)
columns = st.lists(st.none() | st.text(max_size=6), min_size=1, max_size=5)


@given(columns, columns)
def test_different_rows_have_different_digests(first, second):
    same = rules.row_digest(first) == rules.row_digest(second)
    assert same == (first == second)


def test_none_is_not_empty_and_columns_do_not_run_together():
    assert rules.row_digest([None]) != rules.row_digest([""])
    assert rules.row_digest(["ab", "c"]) != rules.row_digest(["a", "bc"])


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_survive_both_ways(at):
    assert rules.from_micros(rules.micros(at)) == at


@given(st.lists(columns, min_size=2, max_size=6), st.data())
def test_a_change_anywhere_changes_every_later_link(rows, data):
    place = data.draw(st.integers(0, len(rows) - 1))
    changed = [list(row) for row in rows]
    changed[place] = [*changed[place], "x"]
    before = _digests(rows)
    after = _digests(changed)
    assert before[:place] == after[:place]
    assert all(a != b for a, b in zip(before[place:], after[place:], strict=True))


def test_place_and_time_of_the_seal_are_covered():
    row = rules.row_digest(["a"])
    digests = {
        rules.seal_digest(before=before, sequence=sequence, sealed_at=at, row=row)
        for before in (GENESIS, b"\x01" * 32)
        for sequence in (1, 2)
        for at in (AT, AT + timedelta(microseconds=1))
    }
    assert len(digests) == 8


def test_the_salt_decides_the_personal_digest():
    assert rules.personal_digest(b"1" * 16, "0912") != rules.personal_digest(b"2" * 16, "0912")


def test_only_a_citizens_name_is_personal():
    citizen = Actor("person:1", "民眾", 1, grants=frozenset({Grant("x", "")}))
    assert rules.name_is_personal(citizen)
    assert rules.name_is_personal(Actor("person:1", "民眾", 1))
    assert not rules.name_is_personal(Actor("person:2", "承辦", 2, agency="ROADS"))
    assert not rules.name_is_personal(Actor("person:3", "研考", 3, grants=frozenset({Grant("x")})))
    assert not rules.name_is_personal(ANONYMOUS)
    assert not rules.name_is_personal(system_actor("import"))


def _digests(rows):
    links = rules.chain(Head(0, GENESIS), list(enumerate(rows)), sealed_at=AT)
    return [link.digest for link in links]
