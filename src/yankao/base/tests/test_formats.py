from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from yankao.base import formats

NOW = datetime(2025, 7, 31, 6, 20, tzinfo=UTC)  # 14:20 in Taipei, a Thursday


def after(**span: int) -> datetime:
    return NOW + timedelta(**span)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2025, 7, 31), "114/07/31（四）"),
        (date(1912, 1, 1), "1/01/01（一）"),
        (date(1911, 10, 10), "前1/10/10（二）"),
        (date(2024, 2, 29), "113/02/29（四）"),
        (None, "—"),
    ],
)
def test_roc_date(day: date | None, words: str) -> None:
    assert formats.roc_date(day) == words


def test_the_day_is_taipeis_and_not_greenwichs() -> None:
    late_evening = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    assert formats.roc_datetime(late_evening) == "115/01/01（四）00:00"
    assert formats.roc_date(late_evening) == "115/01/01（四）"


def test_every_zone_shows_the_same_instant_alike() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    assert formats.roc_datetime(elsewhere) == formats.roc_datetime(NOW) == "114/07/31（四）14:20"


def test_documents_write_the_era_out() -> None:
    assert formats.roc_long(NOW) == "民國 114 年 7 月 31 日"
    assert formats.roc_long(date(1900, 1, 2)) == "民國 前12 年 1 月 2 日"
    assert formats.roc_month(date(2025, 7, 31)) == "114 年 7 月"


def test_machines_read_iso() -> None:
    assert formats.iso(NOW) == "2025-07-31T14:20+08:00"
    assert formats.iso(date(2025, 7, 31)) == "2025-07-31"
    assert formats.iso(None) == ""


@pytest.mark.parametrize(
    ("due_at", "words"),
    [
        (after(minutes=80), "剩 1 時 20 分"),
        (after(minutes=60), "剩 1 時"),
        (after(minutes=59, seconds=59), "剩 59 分"),
        (after(minutes=1), "剩 1 分"),
        (after(seconds=59), "剩 不到 1 分"),
        (NOW, "剩 不到 1 分"),
        (after(seconds=-1), "逾 不到 1 分"),
        (after(minutes=-1), "逾 1 分"),
        (after(hours=-23, minutes=-59), "逾 23 時 59 分"),
        (after(hours=24), "剩 1 日"),
        (after(hours=27), "剩 1 日 3 時"),
        (after(hours=47, minutes=59), "剩 1 日 23 時"),
        (after(hours=-48), "逾 2 日"),
        (after(days=-2, minutes=-5), "逾 2 日"),
        (after(days=1234), "剩 1,234 日"),
        (None, "無期限"),
    ],
)
def test_due_words(due_at: datetime | None, words: str) -> None:
    assert formats.due_words(due_at, NOW) == words


@given(st.integers(-10_000_000, 10_000_000))
def test_due_words_never_say_late_before_time_is_up(seconds: int) -> None:
    words = formats.due_words(after(seconds=seconds), NOW)
    assert words.startswith("剩 " if seconds >= 0 else "逾 ")
    assert "0 時" not in words.replace("10 時", "").replace("20 時", "")


@pytest.mark.parametrize(
    ("number", "places", "words"),
    [
        (12345, None, "12,345"),
        (-1234, None, "-1,234"),
        (0, None, "0"),
        (None, None, "—"),
        (Decimal("93.45"), 1, "93.5"),
        (Decimal("57.85"), 1, "57.9"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (1.005, 2, "1.01"),
        (1234.5, None, "1,234.5"),
    ],
)
def test_thousands_round_half_up(
    number: float | Decimal | None, places: int | None, words: str
) -> None:
    assert formats.thousands(number, places) == words


@given(st.integers())
def test_thousands_lose_no_digit(number: int) -> None:
    assert int(formats.thousands(number).replace(",", "")) == number


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (1023, "1023 B"), (1024, "1 KB"), (1_258_291, "1.2 MB")]
)
def test_file_size(size: int, words: str) -> None:
    assert formats.file_size(size) == words


class TestClockFace:
    """Icon, word and colour always come together."""

    def face(self, due_at: datetime | None, state: str = "open", ended_at: datetime | None = None):
        return formats.clock_face(due_at=due_at, now=NOW, state=state, ended_at=ended_at)

    def test_running(self) -> None:
        assert self.face(after(days=1)).tone == "ok"
        assert self.face(after(seconds=-1)).tone == "late"
        assert self.face(None).tone == "neutral"

    def test_today_ends_at_midnight_in_taipei(self) -> None:
        midnight = datetime(2025, 7, 31, 16, 0, tzinfo=UTC)
        assert self.face(midnight - timedelta(seconds=1)).word == "今日到期"
        assert self.face(midnight).word == "準時"

    def test_due_this_very_moment_is_not_late(self) -> None:
        assert self.face(NOW).tone == "today"

    def test_stopped(self) -> None:
        assert self.face(after(days=-9), "paused").word == "暫停"
        assert self.face(after(days=-9), "lapsed").words == "不再要求"

    def test_ended(self) -> None:
        assert self.face(NOW, "fulfilled", NOW).words == "準時完成"
        assert self.face(NOW, "fulfilled", after(hours=3)).words == "逾 3 時 完成"
        assert self.face(NOW, "fulfilled").words == "已完成"


def test_readers_of_english_have_their_dates() -> None:
    moment = datetime(2025, 7, 31, 6, 20, tzinfo=UTC)
    with translation.override("en"):
        assert formats.roc_datetime(moment) == "2025-07-31 (Thu) 14:20"
        assert formats.roc_date(date(2025, 7, 31)) == "2025-07-31 (Thu)"
        assert formats.roc_long(date(2025, 7, 31)) == "31 July 2025"
        assert formats.roc_month(date(2025, 7, 31)) == "July 2025"
