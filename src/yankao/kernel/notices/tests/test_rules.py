"""Texts, SMS pieces, pauses, masks; no database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.notices import rules
from yankao.kernel.notices.rules import MOST_ATTEMPTS, Status, Version

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


def test_placeholders_are_filled_and_values_left_alone() -> None:
    assert rules.filled("{a}與{b}", {"a": "{b}", "b": 2, "c": "x"}) == "{b}與2"


def test_all_missing_placeholders_are_named() -> None:
    with pytest.raises(rules.PlaceholdersMissing) as caught:
        rules.filled("{z}{a}{b}", {"b": ""})
    assert caught.value.names == ("a", "z")


@pytest.mark.parametrize("text", ["{", "}", "{number", "{Number}", "{a.b}", "{a!r}", "{}", "{{a}}"])
def test_other_braces_are_slips_of_the_pen(text) -> None:
    assert rules.stray_braces(text)
    assert not rules.stray_braces("【高雄市】{number}、{link}")


def test_pauses_double_up_to_an_hour() -> None:
    minutes = [rules.pause_after(n) / timedelta(minutes=1) for n in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    total = sum((rules.pause_after(n) for n in range(1, MOST_ATTEMPTS)), timedelta())
    assert total > timedelta(hours=23)


@pytest.mark.parametrize(
    ("attempts", "permanent", "status"),
    [
        (1, False, Status.QUEUED),
        (MOST_ATTEMPTS - 1, False, Status.QUEUED),
        (MOST_ATTEMPTS, False, Status.FAILED),
        (1, True, Status.FAILED),
    ],
)
def test_what_follows_a_failed_attempt(attempts, permanent, status) -> None:
    ahead = rules.outlook(attempts=attempts, permanent=permanent, at=AT)
    assert ahead.status == status
    assert (ahead.next_try_at is None) == (status == Status.FAILED)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "0912345678"),
        ("0912-345-678", "0912345678"),
        ("０９１２ ３４５ ６７８", "0912345678"),
        ("+886 912 345 678", "+886912345678"),
        ("07-3368333", ""),  # landline
        ("1999", ""),
        ("0912345678;0987654321", ""),
        ("不知道", ""),
        ("", ""),
    ],
)
def test_numbers_an_sms_can_reach(typed, number) -> None:
    assert rules.sms_number(typed) == number


@pytest.mark.parametrize(
    ("address", "mask"),
    [
        ("0912345678", "0912***678"),
        ("1999", "***"),
        ("wang@example.tw", "w***@example.tw"),
        ("@example.tw", "***"),
        ("", ""),
    ],
)
def test_masks(address, mask) -> None:
    assert rules.masked(address) == mask


@given(
    st.from_regex(r"[a-z0-9.]{2,30}@[a-z]{1,10}\.tw", fullmatch=True)
    | st.from_regex(r"\+?[0-9]{4,15}", fullmatch=True)
)
def test_a_mask_never_shows_the_whole(address) -> None:
    mask = rules.masked(address)
    shown, stars, _rest = mask.partition("***")
    assert stars
    if "@" in address:
        assert len(shown) <= 1
    else:
        assert len(mask) - len(stars) <= max(0, len(address) - 1)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/dispatch/cases/D1/", "/dispatch/cases/D1/"),
        ("//evil.example/", ""),
        ("/\\evil.example/", ""),
        ("https://evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("/a\nb", ""),
        (None, ""),
    ],
)
def test_links_stay_in_the_house(text, path) -> None:
    assert rules.local_address(text) == path


def version(number: int, on: date) -> Version:
    return Version(number, "k", "sms", number, on, "s", "b")


def test_the_version_in_force() -> None:
    old, new = version(1, date(2020, 1, 1)), version(2, date(2026, 1, 1))
    fix = version(3, date(2026, 1, 1))
    assert rules.version_in_force([new, old], date(2019, 12, 31)) is None
    assert rules.version_in_force([new, old], date(2025, 12, 31)) == old
    assert rules.version_in_force([new, fix, old], date(2026, 1, 1)) == fix
