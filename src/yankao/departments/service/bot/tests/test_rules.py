"""Following up, greeting, and what cannot wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.bot import rules
from yankao.departments.service.bot.rules import Talk

DISTRICTS = ("鳳山區", "左營區", "三民區", "鼓山區", "那瑪夏區")


@pytest.mark.parametrize(
    ("question", "before", "first"),
    [
        ("那鳳山區呢？", "左營區的公共自行車在哪裡租", "鳳山區的公共自行車在哪裡租"),
        ("那那瑪夏區呢", "鼓山區" * 66, ("那瑪夏區" * 66)[:200]),
        ("那鳳山呢", "公共自行車在哪裡租", "鳳山區 公共自行車在哪裡租"),
        ("那費用呢", "戶籍謄本如何申請", "戶籍謄本如何申請 費用"),
        ("還有要帶什麼證件", "戶籍謄本如何申請", "戶籍謄本如何申請 要帶什麼證件"),
        ("費用呢？", "戶籍謄本如何申請", "費用呢？"),
        ("路燈不亮要找誰", "戶籍謄本如何申請", "路燈不亮要找誰"),
        ("我家的狗走失了好幾天該怎麼辦呢", "戶籍謄本如何申請", "我家的狗走失了好幾天該怎麼辦呢"),
        ("那鳳山區呢？", "", "那鳳山區呢？"),
    ],
)
def test_what_is_asked_after_another_question(question: str, before: str, first: str) -> None:
    assert rules.readings(question, before, DISTRICTS)[0] == first


def test_a_word_with_a_question_mark_may_be_meant_both_ways() -> None:
    assert rules.readings("費用呢？", "戶籍謄本", DISTRICTS) == ("費用呢？", "戶籍謄本 費用")


@given(st.text(max_size=300), st.text(max_size=300))
def test_readings_are_never_longer_than_a_question_nor_none(question: str, before: str) -> None:
    found = rules.readings(question, before[: rules.LONGEST], DISTRICTS)
    assert found
    assert all(len(reading) <= rules.LONGEST for reading in found if reading != question)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("您好！", Talk.GREETING),
        ("Hello", Talk.GREETING),
        ("謝謝～", Talk.THANKS),
        ("謝謝志工怎麼報名", None),
    ],
)
def test_greetings_are_no_questions(said: str, kind: Talk | None) -> None:
    assert rules.talk(said) == kind


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("家裡有瓦斯漏氣的味道", ("119",)),
        ("我不想活了", ("1925",)),
        ("老公打我", ("113",)),
        ("瓦斯爐補助", ()),
        ("打工可以領補助嗎", ()),
    ],
)
def test_danger_is_told_whom_to_call(said: str, numbers: tuple[str, ...]) -> None:
    assert rules.urgent_numbers(said) == numbers
