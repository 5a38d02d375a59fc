"""Parts of a text message in both alphabets, prices by date, quiet hours, shares of providers."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.kernel.notices import health, lengths
from yankao.kernel.notices.gateways import encoded
from yankao.kernel.notices.health import Health
from yankao.kernel.notices.lengths import Alphabet
from yankao.kernel.notices.quiet import QuietHours, morning_after

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "parts"),
    [
        ("", "gsm-7", 0, 1),
        ("a" * 160, "gsm-7", 160, 1),
        ("a" * 161, "gsm-7", 161, 2),
        ("a" * 306, "gsm-7", 306, 2),
        ("a" * 307, "gsm-7", 307, 3),
        ("€" * 80, "gsm-7", 160, 1),
        ("€" * 81, "gsm-7", 162, 2),
        ("€" * 153, "gsm-7", 306, 3),  # 76 of them fill a part of 153 but for one septet
        ("a" * 159 + "中", "ucs-2", 160, 3),  # one character makes the whole longer
        ("中" * 70, "ucs-2", 70, 1),
        ("中" * 71, "ucs-2", 71, 2),
        ("中" * 134, "ucs-2", 134, 2),
        ("中" * 135, "ucs-2", 135, 3),
        ("𠮷" * 35, "ucs-2", 70, 1),
        ("𠮷" * 66, "ucs-2", 132, 2),
        ("𠮷" * 67, "ucs-2", 134, 3),  # 33 of them fill a part of 67 but for one unit
        ("`", "ucs-2", 1, 1),  # ASCII, yet not in the alphabet
    ],
)
def test_length(text, alphabet, units, parts) -> None:
    length = lengths.length_of(text)
    assert (length.alphabet, length.units, length.parts) == (alphabet, units, parts)


@given(st.text(max_size=500))
def test_parts_hold_the_whole_text_and_fit(text) -> None:
    parts = lengths.parts_of(text)
    alphabet = lengths.alphabet_of(text)
    assert "".join(parts) == text
    most = 140 if alphabet is Alphabet.UCS else 160
    octets = [len(encoded(part, alphabet)) for part in parts]
    assert all(size <= (most if len(parts) == 1 else most - 6) for size in octets)


@given(st.text(alphabet=sorted(lengths.GSM_BASIC | lengths.GSM_EXTENDED), max_size=400))
def test_the_alphabet_is_encodable(text) -> None:
    assert lengths.alphabet_of(text) is Alphabet.GSM
    assert len(encoded(text, Alphabet.GSM)) == lengths.length_of(text).units


def test_the_price_of_the_day() -> None:
    rows = [
        {"begins_on": "2024-01-01", "sms_part_twd": "0.85"},
        {"begins_on": "2026-03-04", "sms_part_twd": "0.9", "email_twd": "0.01"},
    ]
    prices = lengths.prices_of(rows)
    assert lengths.price_on(prices, date(2023, 12, 31)) is None
    before, now = (lengths.price_on(prices, date(2026, 3, day)) for day in (3, 4))
    assert (before.sms_part_twd, now.sms_part_twd) == (Decimal("0.85"), Decimal("0.9"))


def test_a_provider_may_have_a_price_of_its_own() -> None:
    rows = [
        {"begins_on": "2024-01-01", "sms_part_twd": "0.85"},
        {"begins_on": "2024-01-01", "sms_part_twd": "0.7", "provider": "second"},
        {"begins_on": "2026-03-04", "sms_part_twd": "0.9"},
        {"begins_on": "2026-03-05", "sms_part_twd": "0.75", "provider": "second"},
    ]
    prices = lengths.prices_of(rows)
    for day, provider, expected in (
        (date(2026, 3, 3), "second", "0.7"),
        (date(2026, 3, 4), "second", "0.7"),  # the general price does not change a contract
        (date(2026, 3, 5), "second", "0.75"),
        (date(2026, 3, 5), "first", "0.9"),
        (date(2026, 3, 5), "", "0.9"),
    ):
        assert lengths.price_on(prices, day, provider).sms_part_twd == Decimal(expected)
    assert lengths.price_on(prices[1:2], date(2026, 3, 5), "first") is None


NIGHT = QuietHours(time(21), time(8))


@pytest.mark.parametrize(
    ("local", "goes"),
    [
        ("2026-03-04T20:59:59", "2026-03-04T20:59:59"),
        ("2026-03-04T21:00:00", "2026-03-05T08:00:00"),
        ("2026-03-05T00:00:00", "2026-03-05T08:00:00"),
        ("2026-03-05T07:59:59", "2026-03-05T08:00:00"),
        ("2026-03-05T08:00:00", "2026-03-05T08:00:00"),
    ],
)
def test_what_can_wait_goes_in_the_morning(local, goes) -> None:
    at, due = (datetime.fromisoformat(f"{text}+08:00") for text in (local, goes))
    assert morning_after(NIGHT, at.astimezone(UTC)) == due
    assert morning_after(None, at) == at


def test_quiet_at_noon_and_never() -> None:
    noon = QuietHours(time(12), time(13, 30))
    at = datetime.fromisoformat("2026-03-04T12:10:00+08:00")
    assert morning_after(noon, at) == datetime.fromisoformat("2026-03-04T13:30:00+08:00")
    assert morning_after(QuietHours(time(8), time(8)), at) == at


def test_three_troubles_take_a_provider_out_and_it_comes_back_slowly() -> None:
    state = Health()
    for _trouble in range(2):
        state = health.after_trouble(state, AT)
        assert health.share_of(state, AT) == 100
    state = health.after_trouble(state, AT)
    assert (health.share_of(state, AT), state.out_since) == (0, AT)
    assert not health.may_probe(state, AT + timedelta(seconds=29))
    assert health.may_probe(state, AT + timedelta(seconds=30))
    back = health.after_success(state, AT + MINUTE)
    shares = [health.share_of(back, AT + MINUTE * n) for n in range(1, 12)]
    assert shares == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100]
    assert health.after_success(back, AT + 5 * MINUTE) == back
    assert health.after_success(back, AT + 11 * MINUTE).is_well


def test_one_trouble_while_coming_back_takes_it_out_again() -> None:
    back = Health(back_since=AT)
    assert health.after_trouble(back, AT + MINUTE).is_out


def test_every_second_letter_failing_takes_it_out_one_in_ten_does_not() -> None:
    def after(failing: int, of: int) -> bool:
        state = Health()
        for number in range(of * 30):
            change = health.after_trouble if number % of < failing else health.after_success
            state = change(state, AT)
            if state.is_out:
                return True
        return False

    assert after(3, 4)
    assert not after(1, 10)


def test_shares_are_drawn_as_they_weigh() -> None:
    weights = {"a": 90, "b": 10, "c": 0}
    drawn = [health.order(weights, draw) for draw in range(100)]
    assert sum(names[0] == "a" for names in drawn) == 90
    assert all(set(names) == {"a", "b"} for names in drawn)
    assert health.order({"a": 0}, 7) == []
