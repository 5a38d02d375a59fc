"""What of a text is read, without a database."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.suggestions import rules


@pytest.mark.parametrize(
    "secret",
    [
        "0912345678",
        "0912-345-678",
        "０９１２３４５６７８",
        "(07)336-8333",
        "07-3368333#2345",
        "+886 912 345 678",
        "wang.ming+1@example.com.tw",
        "Ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "A123456789",
        "a223456789",
        "AC01234567",
        "A800000014",
        "ABC-1234",
        "1234-AB",
        "MWX-5678",
        "EAA-0001",
        "https://example.com/u?id=wang",
    ],
)
def test_personal_data_is_masked(secret: str) -> None:
    import unicodedata

    found = rules.masked(f"請打給我{secret}，謝謝")
    assert unicodedata.normalize("NFKC", secret) not in found
    assert found.startswith("請打給我")
    letters = "".join(rules.grams(secret))
    assert not letters, letters


def test_a_name_after_its_label_is_masked() -> None:
    assert "王小明" not in rules.masked("陳情人：王小明，電話 0912345678")
    assert "路燈" in rules.masked("姓名:王小明 路燈不亮")


def test_plain_words_stay() -> None:
    for words in ("COVID-19疫苗", "三民路 100 號", "PM2.5", "65歲以上", "BOT案"):
        kept = "".join(rules.grams(words))
        assert [c for c in words if "\u4e00" <= c <= "\u9fff"] == [
            c for c in rules.masked(words) if "\u4e00" <= c <= "\u9fff"
        ]
        assert not any(c.isdigit() for c in kept)


def test_grams_stay_within_words() -> None:
    assert list(rules.grams("路燈，壞")) == ["路", "路燈", "燈", "壞"]
    assert list(rules.grams("")) == list(rules.grams(" 123 ！？")) == []


@given(st.text(max_size=2_000))
def test_any_text_is_bearable(text: str) -> None:
    found = list(rules.grams(text))
    assert all(1 <= len(gram) <= rules.LONGEST_GRAM for gram in found)
    assert not any(character.isdecimal() for gram in found for character in gram)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 1_000_000,
        "a" * 1_000_000,
        "a@" * 500_000,
        "0-" * 500_000,
        "陳情人：" * 200_000,
        "-" * 1_000_000,
        "﷽" * 1_000_000,
        "a.-" * 300_000 + "@",
    ],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    list(rules.grams(text))
    assert time.process_time() - began < 0.5


def test_months() -> None:
    assert rules.month_of("2026-03") == date(2026, 3, 1)
    for bad in ("2026-13", "2026-3", "1999-01", "2026-00", "２０２６-０３", "x", "", "2026-03-01"):
        assert rules.month_of(bad) is None
    assert rules.months_on(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert rules.months_on(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert rules.start_of(date(2026, 3, 1)).utcoffset().total_seconds() == 8 * 3600
