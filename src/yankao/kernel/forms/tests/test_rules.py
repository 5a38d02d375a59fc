"""Shapes that could not be asked, logic that cannot run in a circle, answers nobody was shown."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yankao.kernel.forms import rules
from yankao.kernel.forms.rules import Problem, ShapeWrong, checked, read_shape

LEVEL = {"name": "level", "kind": "scale", "zh": "滿意嗎？", "en": "Satisfied?", "required": True}
WHY = {
    "name": "why",
    "kind": "several",
    "zh": "哪裡不好？",
    "required": True,
    "choices": [{"value": "slow", "zh": "太慢"}, {"value": "rude", "zh": "態度"}],
    "show_if": {"question": "level", "values": ["4", "5"]},
}
SLOW = {
    "name": "days",
    "kind": "number",
    "zh": "等了幾天？",
    "least": 0,
    "most": 365,
    "show_if": {"question": "why", "values": ["slow"]},
}
WORDS = {"name": "words", "kind": "text", "zh": "還有什麼要說？"}
SHAPE = read_shape({"questions": [LEVEL, WHY, SLOW, WORDS]})


def test_hidden_answers_are_dropped_all_the_way_down():
    raw = {"level": "1", "why": ["slow"], "days": "3", "words": "謝謝", "stranger": "x"}
    result = checked(SHAPE, raw)
    assert result.answers == {"level": "1", "words": "謝謝"}
    assert not result.problems


def test_shown_by_logic_is_then_required():
    assert checked(SHAPE, {"level": "5"}).problems == {"why": Problem.MISSING}
    result = checked(SHAPE, {"level": "4", "why": ["slow", "slow"], "days": "3"})
    assert result.answers == {"level": "4", "why": ["slow"], "days": "3"}


@pytest.mark.parametrize(
    ("question", "answer", "problem"),
    [
        ("level", "0", Problem.NO_CHOICE),
        ("level", "6", Problem.NO_CHOICE),
        ("level", "none", Problem.NO_CHOICE),
        ("level", "１", Problem.NO_CHOICE),
        ("level", "  ", Problem.MISSING),
        ("level", None, Problem.MISSING),
        ("words", "字" * 1001, Problem.TOO_LONG),
    ],
)
def test_answers_that_do_not_fit(question, answer, problem):
    assert checked(SHAPE, {"level": "1", question: answer}).problems == {question: problem}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("-1", Problem.TOO_SMALL),
        ("365.5", Problem.TOO_LARGE),
        ("3天", Problem.NO_NUMBER),
        ("NaN", Problem.NO_NUMBER),
        ("1e9", Problem.NO_NUMBER),
        ("３", Problem.NO_NUMBER),
        ("9" * 40, Problem.NO_NUMBER),
        ("2.5", None),
    ],
)
def test_numbers(answer, problem):
    raw = {"level": "5", "why": ["slow"], "days": answer}
    assert checked(SHAPE, raw).problems == ({"days": problem} if problem else {})


@pytest.mark.parametrize("day", ["2026-02-30", "20260203", "2026-2-3", "115/02/03", "2026-W05-1"])
def test_days_that_are_none(day):
    shape = read_shape({"questions": [{"name": "day", "kind": "date", "zh": "哪一天？"}]})
    assert checked(shape, {"day": day}).problems == {"day": Problem.NO_DATE}
    assert checked(shape, {"day": "2026-02-03"}).answers == {"day": "2026-02-03"}


def test_no_opinion_only_where_it_is_offered():
    shape = read_shape({"questions": [{**LEVEL, "no_opinion": True}]})
    assert checked(shape, {"level": "none"}).answers == {"level": "none"}


def test_a_choice_repeated_or_listed_where_one_is_asked():
    assert checked(SHAPE, {"level": ["1", "5"], "why": "rude"}).answers == {
        "level": "5",
        "why": ["rude"],
    }


def test_one_question_a_page_passes_over_the_hidden():
    assert rules.next_question(SHAPE, {}, "").name == "level"
    assert rules.next_question(SHAPE, {"level": "2"}, "level").name == "words"
    assert rules.next_question(SHAPE, {"level": "4"}, "level").name == "why"
    assert rules.next_question(SHAPE, {"level": "2"}, "words") is None


@pytest.mark.parametrize(
    "questions",
    [
        [],
        "level",
        [LEVEL, LEVEL],
        [{**LEVEL, "name": "Level"}],
        [{**LEVEL, "name": "a" * 41}],
        [{**LEVEL, "zh": ""}],
        [{**LEVEL, "zh": ["x"]}],
        [{**LEVEL, "kind": "matrix"}],
        [{**LEVEL, "choices": [{"value": "1", "zh": "好"}, {"value": "2", "zh": "壞"}]}],
        [WHY],  # depends on what is not asked before it
        [{**LEVEL, "show_if": {"question": "level", "values": ["1"]}}],  # on itself
        [WHY | {"show_if": None, "choices": [{"value": "a", "zh": "甲"}]}],
        [LEVEL, {**WHY, "show_if": {"question": "level", "values": ["9"]}}],
        [LEVEL, {**WHY, "show_if": {"question": "level", "values": []}}],
        [{**WORDS}, {**WHY, "show_if": {"question": "words", "values": ["x"]}}],
        [{"name": "n", "kind": "number", "zh": "數", "least": 5, "most": 1}],
        [{"name": "n", "kind": "number", "zh": "數", "least": True}],
        [{"name": f"n{n}", "kind": "text", "zh": "x"} for n in range(101)],
    ],
)
def test_shapes_refused(questions):
    with pytest.raises(ShapeWrong):
        read_shape({"questions": questions})


_WORDS = st.sampled_from(["", "1", "5", "why", "name", "kind", "zh", "text", "question", "\x00"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["level", "why", "days", "words"]), _JSON))
def test_whatever_is_sent_is_judged_and_what_is_kept_is_right(raw):
    result = checked(SHAPE, raw)
    assert checked(SHAPE, result.answers).answers == result.answers
    assert not result.answers.keys() & result.problems.keys()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_JSON)
def test_whatever_is_declared_is_read_or_refused(raw):
    try:
        read_shape({"questions": raw})
    except ShapeWrong:
        return


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("level", {}, (1, "", 3)),
        ("words", {}, None),
        ("why", {"level": "5"}, (2, "level", 2)),
        ("why", {"level": "1"}, None),
        ("words", {"level": "1"}, (2, "level", 0)),
        ("words", {"level": "5"}, None),
        ("days", {"level": "5", "why": ["slow"]}, (3, "why", 1)),
        ("days", {"level": "5", "why": ["rude"]}, None),
        ("words", {"level": "5", "why": ["rude"]}, (3, "why", 0)),
        ("stranger", {"level": "1"}, None),
    ],
)
def test_whose_turn_it_is(name, given, expected):
    turn = rules.turn_of(SHAPE, given, name)
    assert (turn and (turn.place, turn.back, turn.most_left)) == expected
