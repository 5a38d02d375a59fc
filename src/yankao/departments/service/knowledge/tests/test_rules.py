"""What an answer is made of, what a file says, and how alike texts are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.departments.service.knowledge.rules import imports, likeness, texts
from yankao.departments.service.knowledge.rules.texts import Piece


def test_addresses_end_where_their_sentence_begins() -> None:
    [[line]] = texts.paragraphs("經由「惜物網」(網址：https://a.tw/x(1))網站公開。")
    assert [p.address for p in line] == ["", "https://a.tw/x(1)", ""]
    [[line]] = texts.paragraphs("見 https://a.tw/?q=1&b=2. 謝謝")
    assert line[1] == Piece("https://a.tw/?q=1&b=2", "https://a.tw/?q=1&b=2")


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "//a.tw", "ftp://a.tw"]
)
def test_only_addresses_of_the_web_become_links(text: str) -> None:
    assert all(not p.address for part in texts.paragraphs(text) for line in part for p in line)
    assert not texts.is_address(text)


@given(st.text(max_size=200))
def test_nothing_of_an_answer_is_lost_or_added(text: str) -> None:
    answer = texts.tidy(text)
    shown = "".join(p.text for part in texts.paragraphs(answer) for line in part for p in line)
    assert "".join(shown.split()) == "".join(answer.split())


def test_blank_lines_part_paragraphs() -> None:
    parts = texts.paragraphs("一\n二\n \u3000\n三\r\n".replace("\r\n", "\n"))
    assert [len(part) for part in parts] == [2, 1]


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_stands_in_a_script_stays_in_it(question: str, answer: str) -> None:
    written = texts.faq_page([(question, answer, "https://a.tw/")])
    assert not set(written) & set("<>&\u2028\u2029")
    read = json.loads(written)["mainEntity"][0]
    assert (read["name"], read["acceptedAnswer"]["text"]) == (question, answer)


LINE = {
    "source": "https://a.tw/1", "agency": "工務局", "kind": "工務", "posted_on": "2011-01-01",
    "revised_on": "2012-01-01", "views": 3, "question": "問？", "answer": "答。",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"source": "javascript:x"}, "沒有來源網址"),
        ({"question": "  "}, "沒有問題"),
        ({"question": "問" * 201}, "問題太長"),
        ({"answer": "\n"}, "沒有答案"),
        ({"answer": "答" * 6001}, "答案太長"),
        ({"revised_on": "2010-01-01"}, "修訂日早於"),
        ({"posted_on": "100/01/01"}, "讀不懂"),
        ({"views": -1}, "讀不懂"),
        ({"views": True}, "讀不懂"),
        ({"answer": None}, "讀不懂"),
    ],
)
def test_a_line_is_refused_with_its_reason(change: dict, why: str) -> None:
    [row] = imports.faq_rows([json.dumps({**LINE, **change})])
    assert isinstance(row, imports.WhyRefused)
    assert why in row.reason


@pytest.mark.parametrize("line", ["[]", "{", "3", '{"a":' * 2000])
def test_what_is_no_line_is_refused(line: str) -> None:
    [row] = imports.faq_rows([line])
    assert isinstance(row, imports.WhyRefused)


def test_a_counter_alone_is_no_new_text() -> None:
    first, read_more, changed = imports.faq_rows(
        json.dumps(one) for one in (LINE, {**LINE, "views": 9}, {**LINE, "answer": "別的。"})
    )
    assert first.digest == read_more.digest != changed.digest  # type: ignore[union-attr]


def test_the_same_question_is_alike_and_another_is_not() -> None:
    known = likeness.Likenesses.of(
        [
            (1, likeness.counts("路燈不亮要找誰？", "請撥 1999。")),
            (2, likeness.counts("身分證遺失怎麼補辦？", "到戶政事務所。")),
        ]
    )
    near = known.near(known.vector(likeness.counts("路燈不亮了，找誰？", "")), least_pct=1)
    assert near[0][0] == 1
    assert near[0][1] > 50
    assert 2 not in dict(near)
    assert known.pairs(least_pct=30) == []


def test_a_changed_text_is_compared_as_it_is_now() -> None:
    light, card = likeness.counts("路燈不亮要找誰？", ""), likeness.counts("身分證遺失怎麼補？", "")
    known = likeness.Likenesses.of([(1, light), (2, card)])
    known.put(1, card)
    assert known.pairs(least_pct=90) == [(1, 2, 100)]
    assert known.near(known.vector(light), least_pct=1) == []
    known.forget(2)
    assert [id_ for id_, _pct in known.near(known.vector(card), least_pct=1)] == [1]
