"""Splitting, without an index: what a query asks for is in the text, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.search import rules

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
CHINESE = st.text(HAN, min_size=2, max_size=40)
ANYTHING = st.text(max_size=300)


def found(query: str, text: str) -> bool:
    """What the index does with both, in a few lines."""
    lines = [line.split(" ") if line else [] for line in rules.lines_of([text])]
    words = rules.words_of(query)

    def stands(tokens, line):
        return any(
            all(at + far < len(line) and line[at + far] == token for far, token in tokens)
            for at in range(len(line))
        )

    units, pairs = lines
    assert len(units) == len(pairs)
    for word in words:
        in_units = stands(word.units, units)
        if word.covered and word.pairs:  # then the pairs alone must say the same
            assert stands(word.pairs, pairs) == in_units
        elif word.pairs:
            assert stands(word.pairs, pairs) or not in_units
    return bool(words) and all(stands(word.units, units) for word in words)


@given(CHINESE, st.data())
def test_every_two_characters_of_a_text_are_found(text, data) -> None:
    at = data.draw(st.integers(0, len(text) - 2))
    assert found(text[at : at + 2], text)


@given(CHINESE, st.data())
def test_every_stretch_is_found(text, data) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(at + 1, len(text)))
    assert found(text[at:end], text)


@given(CHINESE, CHINESE)
def test_what_is_found_stands_there(query, text) -> None:
    def folded(words):
        return rules.number_key(words)

    assert found(query, text) == (folded(query) in folded(text))


@given(ANYTHING, ANYTHING)
def test_nothing_that_can_be_typed_is_an_error(query, text) -> None:
    found(query, text)
    rules.number_prefixes(query)
    words = rules.words_of(query)
    shown = rules.pieces(text, words)
    assert "".join(piece.text for piece in shown) == text


@given(ANYTHING, ANYTHING, st.integers(5, 60))
def test_an_excerpt_is_a_stretch_of_the_text(query, text, longest) -> None:
    shown = rules.pieces(text, rules.words_of(query), longest=longest)
    joined = "".join(piece.text for piece in shown)
    possible = {
        ("…" if at else "") + text[at : at + longest] + ("…" if at + longest < len(text) else "")
        for at in range(max(1, len(text) - longest + 1))
    }
    assert joined in possible


@given(st.text(max_size=100))
def test_a_text_is_found_by_itself(text) -> None:
    assert found(text, text) == bool(rules.words_of(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("三民", "高雄市三民路"),
        ("三民路", "三民路口"),
        ("路", "三民路"),
        ("中山路100號", "前金區中山路100號前"),
        ("中山路 100 號", "前金區中山路100號前"),
        ("中山路100號", "中山路 100 號"),
        ("100號", "中山路１００號"),
        ("號", "100號"),
        ("１００", "100"),
        ("led路燈", "LED路燈不亮"),
        ("LED", "路燈ＬＥＤ"),
        ("台北", "臺北"),
        ("臺灣", "台灣"),
        ("100-1號", "中山路100-1號"),
        ('"中山路 100"', "中山路 100 號"),
        ("「路燈不亮」", "路燈不亮三天"),
        ("路燈 中山", "中山路的路燈"),
        ("路燈，中山", "中山路的路燈"),
        ("d115112100042", "參照D115112100042號案"),
        ("ﬁx", "FIX"),
        ("é", "É"),
        ("𠮷野", "𠮷野家"),
        ("\ue001田", "王\ue001田"),
        ("㈱", "(株)"),
        ("辻󠄀本", "辻本"),
    ],
)
def test_found(query, text) -> None:
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("三民路", "三民區民路"),
        ("三民路", "三民、民路"),
        ("山路", "鼓山 路燈"),
        ("山路", "鼓山，路燈"),
        ("100", "1000"),
        ("中山路100號", "中山路1號100"),
        ("中山路100號", "中山路100巷"),
        ("100-1", "100 1"),
        ('"路燈 中山"', "中山路的路燈"),
        ("路燈 鼓山", "中山路的路燈"),
        ("", "什麼都有"),
        ('"" 「」 ，。*?', "什麼都有"),
        ("AND", "什麼都有"),
        ("title:路", "什麼路"),
    ],
)
def test_not_found(query, text) -> None:
    assert not found(query, text)


def test_parts_of_a_document_do_not_run_together() -> None:
    units, _pairs = rules.lines_of(["", "中山", "路燈"])
    assert units.split(" ") == ["中", "山", *[rules.FILLER] * rules.BETWEEN_PARTS, "路", "燈"]
    assert rules.lines_of(["", "，"]) == ("", "")


def test_numbers_are_found_by_every_beginning() -> None:
    prefixes = rules.number_prefixes("D115-11210-0042")
    assert prefixes[0] == "d11"
    assert prefixes[-1] == "d115112100042"
    assert rules.words_of("D115")[0].number == "d115"
    assert rules.words_of("D115-112")[0].number == "d115112"
    assert rules.words_of("D1")[0].number == ""
    assert rules.number_prefixes("D1") == []


def test_a_number_is_the_same_however_it_is_typed() -> None:
    keys = {
        rules.number_key(n)
        for n in ("D115112100042", "ｄ１１５１１２１０００４２", " d115-1121-00042 ")
    }
    assert keys == {"d115112100042"}


def test_marks_show_what_was_asked_for() -> None:
    shown = rules.pieces("中山路的 ＬＥＤ路燈不亮", rules.words_of("led路燈 中山"))
    assert [piece.text for piece in shown if piece.marked] == ["中山", "ＬＥＤ路燈"]


def test_overlapping_marks_are_one() -> None:
    shown = rules.pieces("三民路燈", rules.words_of("三民路 路燈"))
    assert shown == (rules.Piece("三民路燈", True),)


def test_an_excerpt_shows_the_first_mark() -> None:
    text = "前" * 500 + "路燈" + "後" * 500
    shown = rules.pieces(text, rules.words_of("路燈"), longest=80)
    assert rules.Piece("路燈", True) in shown
    assert shown[0] == shown[-1] == rules.Piece("…", False)


def test_a_very_long_query_is_cut() -> None:
    assert sum(len(word.units) for word in rules.words_of("路燈" * 5_000)) <= rules.LONGEST_QUERY
    assert rules.words_of("ﷺ" * 200)
    assert len(rules.words_of("a" * 5_000)[0].units[0][1]) == rules.LONGEST_WORD
