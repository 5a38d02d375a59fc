"""Letters: what stands in them, hostile words, the same bytes for the same values."""

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st
from odfdo import Document

from yankao.kernel.documents import services
from yankao.kernel.documents.letters import Letter, chinese_number, explanation_of, plain, points_of

LETTER = Letter(
    agency="高雄市政府工務局養護工程處",
    recipient="王小明",
    address="高雄市苓雅區四維三路 2 號",
    issued_on=date(2026, 3, 4),
    number="養工處回字第11500000012號",
    subject="有關您反映路面坑洞一事，復如說明。",
    explanation=("復您 115 年 3 月 3 日陳情。", "坑洞已修補。"),
    original_to=("王小明",),
    copies_to=("本府研考會", "工務局"),
    handled_by="承辦甲",
)
HOSTILE = '#panic("x") $x^2$ *粗* \\ @ref <b> & ]] #{ "}\' {{number}} `code` /*'
printing = pytest.mark.skipif(
    not (Path(settings.YANKAO_ASSETS) / "print").is_dir(), reason="no typefaces: run make assets"
)


def text_of(odt: bytes) -> str:
    """Its paragraphs as they read."""
    body = Document(io.BytesIO(odt)).body
    return "\n".join(str(part.inner_text) for part in [*body.headers, *body.paragraphs])


@printing
def test_pdf_is_accessible_and_always_the_same() -> None:
    made = services.letter_pdf(LETTER)
    assert made.startswith(b"%PDF-1.7")
    assert b"pdfuaid" in made
    assert b"/StructTreeRoot" in made
    assert b"zh-TW" in made
    assert services.letter_pdf(LETTER) == made
    assert services.letter_pdf(replace(LETTER, recipient="李大華")) != made


def test_odt_is_always_the_same() -> None:
    made = [hashlib.sha256(services.letter_odt(LETTER)).hexdigest() for _ in range(2)]
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(services.letter_odt(LETTER))) as packed:
        assert packed.infolist()[0].filename == "mimetype"
        assert packed.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert {entry.date_time[0] for entry in packed.infolist()} == {1980}


def test_every_part_of_a_letter_is_there() -> None:
    text = text_of(services.letter_odt(LETTER))
    for words in (
        "高雄市政府工務局養護工程處　函",
        "受文者：王小明",
        "發文日期：中華民國 115 年 3 月 4 日",
        "發文字號：養工處回字第11500000012號",
        "主旨",
        LETTER.subject,
        "一、復您",
        "二、坑洞已修補。",
        "正本：王小明",
        "副本：本府研考會、工務局",
        "承辦人：承辦甲",
    ):
        assert words in text, words


@printing
def test_hostile_words_stay_words() -> None:
    hostile = replace(
        LETTER,
        agency=HOSTILE,
        recipient=HOSTILE,
        address=HOSTILE,
        number=HOSTILE,
        subject=HOSTILE,
        explanation=(HOSTILE, HOSTILE + "\n第二行"),
        original_to=(HOSTILE,),
        handled_by=HOSTILE,
    )
    assert services.letter_pdf(hostile).startswith(b"%PDF")
    text = text_of(services.letter_odt(hostile))
    assert "受文者：" + HOSTILE in text
    assert "二、" + HOSTILE in text


@printing
@given(st.text(max_size=80))
@example("𠮷")
@example("\x7f\u202e\ufffe")
def test_no_text_at_all_breaks_a_letter(words: str) -> None:
    """What the typefaces lack is refused by name; everything else is set."""
    letter = replace(LETTER, recipient=words, subject=words, explanation=(words,), address=words)
    assert services.letter_odt(letter).startswith(b"PK")
    try:
        assert services.letter_pdf(letter).startswith(b"%PDF")
    except services.GlyphMissing:
        assert any(ord(character) > 0x7F for character in words)


@printing
def test_a_name_is_not_printed_as_an_empty_box() -> None:
    with pytest.raises(services.GlyphMissing) as refused:
        services.letter_pdf(replace(LETTER, recipient="陳大𠮷"))
    assert "𠮷" in refused.value.message


@printing
def test_a_long_letter_goes_on_on_the_next_page() -> None:
    long = replace(LETTER, explanation=tuple(f"第 {n} 點，" + "說明" * 80 for n in range(40)))
    assert services.letter_pdf(long).count(b"/Type/Page/") > 2


def test_without_typefaces_the_refusal_says_what_to_do(settings, tmp_path) -> None:
    settings.YANKAO_ASSETS = tmp_path
    with pytest.raises(services.FontsMissing) as refused:
        services.letter_pdf(LETTER)
    assert "make assets" in refused.value.message


def test_values_make_the_letter_again() -> None:
    assert Letter.from_values(LETTER.values()) == LETTER
    with pytest.raises(KeyError):
        Letter.from_values({})


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")],
)
def test_numbers_as_points_are_counted(number: int, words: str) -> None:
    assert chinese_number(number) == words


def test_points_that_count_themselves_are_left_alone() -> None:
    assert [point.mark for point in points_of(("甲", "乙"))] == ["一、", "二、"]
    assert [point.mark for point in points_of(("甲",))] == [""]
    assert [point.mark for point in points_of(("一、甲", "二、乙"))] == ["", ""]


def test_running_text_as_explanation() -> None:
    assert explanation_of("您好：\n\n已修補。\n") == ("您好：\n\n已修補。",)
    assert explanation_of("一、復您來信。\n\n二、已修補。") == ("一、復您來信。", "二、已修補。")
    assert explanation_of(" \n") == ()


def test_control_characters_go() -> None:
    assert plain("a\x00\x07\x0bb\nc\td") == "ab\nc\td"
