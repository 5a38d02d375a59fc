"""Blanks, differences and chains, without a database."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.replies import rules
from yankao.kernel.replies.rules import PieceKind, Role, RouteLine, Step

TEXTS = st.text(alphabet="坑洞修補，。！\n ab", max_size=60)


def joined(pieces, *kinds) -> str:
    return "".join(piece.text for piece in pieces if piece.kind in kinds)


@given(TEXTS, TEXTS)
def test_pieces_make_both_texts_again(old, new) -> None:
    found = rules.pieces(old, new)
    assert joined(found, PieceKind.SAME, PieceKind.DELETED) == old
    assert joined(found, PieceKind.SAME, PieceKind.INSERTED) == new
    assert all(piece.text for piece in found)
    assert all(a.kind != b.kind for a, b in pairwise(found))


@given(TEXTS)
def test_the_same_text_has_no_changes(text) -> None:
    assert {piece.kind for piece in rules.pieces(text, text)} <= {PieceKind.SAME}


def test_changes_are_told_by_characters() -> None:
    found = rules.pieces("坑洞已於昨日修補。請查照。", "坑洞已於前日修補。請查照。")
    assert [(piece.kind, piece.text) for piece in found] == [
        ("same", "坑洞已於"),
        ("deleted", "昨"),
        ("inserted", "前"),
        ("same", "日修補。請查照。"),
    ]


@pytest.mark.parametrize("rest", ["", "。", "\n"])
def test_the_longest_texts_are_compared_in_a_moment(rest) -> None:
    """Also without any full stop, and when everything differs."""
    old = ("坑洞修補" + rest) * (rules.LONGEST_BODY // (4 + len(rest)))
    new = ("路燈更換" + rest) * (rules.LONGEST_BODY // (4 + len(rest)))
    began = time.perf_counter()
    found = rules.pieces(old, new)
    assert time.perf_counter() - began < 5
    assert joined(found, PieceKind.SAME, PieceKind.DELETED) == old


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("甲。乙。" * 500, "乙。丙。甲。" * 333),
        ("甲乙" * 1_000, "乙丙甲" * 666),
        ("".join(f"{'甲' * 200}。{n}。" for n in range(50)),
         "".join(f"{'甲丙' * 100}。{n}。" for n in range(50))),
    ],
    ids=["clauses", "letters", "many stretches"],
)  # fmt: skip
def test_what_repeats_itself_is_compared_in_a_moment(old, new) -> None:
    began = time.process_time()
    found = rules.pieces(old, new)
    assert time.process_time() - began < 2
    assert joined(found, PieceKind.SAME, PieceKind.DELETED) == old
    assert joined(found, PieceKind.SAME, PieceKind.INSERTED) == new


def test_a_small_change_of_a_long_text_stays_small() -> None:
    old = "".join(f"第{n}條。" for n in range(1_000))
    found = rules.pieces(old, old.replace("第500條", "第500之1條"))
    assert [piece.text for piece in found if piece.kind is not PieceKind.SAME] == ["之1"]


@pytest.mark.parametrize(
    ("text", "names", "stray"),
    [
        ("{{number}}", {"number"}, False),
        ("{{ number }} {{number}}", {"number"}, False),
        ("{{案號}}", set(), True),
        ("{{number}", set(), True),
        ("}}", set(), True),
        ("{number}", set(), False),
        ("{{{{number}}}}", {"number"}, True),
        ("{{__class__}}", set(), True),
    ],
)
def test_blanks(text, names, stray) -> None:
    assert rules.blanks(text) == names
    assert rules.stray_braces(text) == stray


def test_values_are_not_read_as_blanks() -> None:
    values = {"a": "{{b}}", "b": "x", "c": ""}
    assert rules.filled("{{a}} {{ b }} {{c}} {{d}}", values) == "{{b}} x {{c}} {{d}}"


LINES = (
    RouteLine("ordinary", "", None, "section head"),
    RouteLine("ordinary", "", 2, "section"),
    RouteLine("ordinary", "PWB", None, "head"),
    RouteLine("mayor", "", None, "section head commission@RDEC"),
)


@pytest.mark.parametrize(
    ("route", "agency", "level", "expected"),
    [
        ("", "EDU", 1, ["section@EDU", "head@EDU"]),
        ("ordinary", "EDU", 2, ["section@EDU"]),
        ("ordinary", "PWB", 2, ["head@PWB"]),
        ("mayor", "EDU", 1, ["section@EDU", "head@EDU", "commission@RDEC"]),
        ("nonsense", "EDU", 1, None),
    ],
)
def test_the_most_particular_line_counts(route, agency, level, expected) -> None:
    steps = rules.route_for(LINES, route=route, agency=agency, level=level)
    assert (steps and [str(step) for step in steps]) == expected


def test_ordinary_replies_always_have_a_chain() -> None:
    steps = rules.route_for((), route="", agency="EDU", level=1)
    assert steps == (Step(Role.SECTION, "EDU"), Step(Role.HEAD, "EDU"))
    assert rules.route_for((), route="mayor", agency="EDU", level=1) is None


@pytest.mark.parametrize("steps", ["", "  ", "king", "section king@X", "@RDEC"])
def test_steps_that_are_none(steps) -> None:
    with pytest.raises(rules.StepsUnreadable):
        rules.steps_of(steps, "EDU")


def test_digest_is_of_the_words() -> None:
    one = rules.digest({"body": "甲", "channel": "email"})
    assert one == rules.digest({"channel": "email", "body": "甲"})
    assert one != rules.digest({"body": "乙", "channel": "email"})
    assert len(one) == 64
