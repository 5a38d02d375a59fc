"""How days, times, numbers and clocks are written for people. Pure: value in, text out.

Years of the Republic (ROC) exist only here: a stored instant is UTC, a shown one Asia/Taipei.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yankao.base.clock import TAIPEI

ROC_YEAR_ZERO = 1911
_WEEKDAYS = "一二三四五六日"
_ENGLISH_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAY = 24 * 60
_KILOBYTE = 1024
MISSING = "—"


def local(moment: datetime) -> datetime:
    """The instant on Taipei's clock; a naive one is taken as already on it."""
    return moment.replace(tzinfo=TAIPEI) if moment.tzinfo is None else moment.astimezone(TAIPEI)


def local_day(day: date) -> date:
    """The calendar day, in Taipei when an instant is given."""
    return local(day).date() if isinstance(day, datetime) else day


def in_english() -> bool:
    """Whether the reader reads English; whoever writes to somebody else says in which language."""
    return (get_language() or "").startswith("en")


def roc_year(year: int) -> str:
    """114 for 2025; years before the Republic read 前1, 前2 …"""
    counted = year - ROC_YEAR_ZERO
    return str(counted) if counted > 0 else f"前{1 - counted}"


def roc_date(day: date | None) -> str:
    """114/07/31（四）; in English 2025-07-31 (Thu)."""
    if not day:  # also "", what a template has of nothing
        return MISSING
    day = local_day(day)
    if in_english():
        return f"{day:%Y-%m-%d} ({_ENGLISH_DAYS[day.weekday()]})"
    weekday = _WEEKDAYS[day.weekday()]
    return f"{roc_year(day.year)}/{day.month:02}/{day.day:02}（{weekday}）"


def roc_datetime(moment: datetime | None) -> str:
    """114/07/31（四）14:20; in English 2025-07-31 (Thu) 14:20."""
    if not moment:
        return MISSING
    gap = " " if in_english() else ""
    return f"{roc_date(moment)}{gap}{clock_time(moment)}"


def roc_long(day: date | None) -> str:
    """民國 114 年 7 月 31 日, as in documents; in English 31 July 2025."""
    if not day:  # also "", what a template has of nothing
        return MISSING
    day = local_day(day)
    if in_english():
        return f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"
    return f"民國 {roc_year(day.year)} 年 {day.month} 月 {day.day} 日"


def roc_month(day: date | None) -> str:
    """114 年 7 月; in English July 2025."""
    if not day:  # also "", what a template has of nothing
        return MISSING
    day = local_day(day)
    if in_english():
        return f"{ENGLISH_MONTHS[day.month - 1]} {day.year}"
    return f"{roc_year(day.year)} 年 {day.month} 月"


def clock_time(moment: datetime) -> str:
    """14:20."""
    return f"{local(moment):%H:%M}"


def iso(day: date | None) -> str:
    """For ``<time datetime>``: 2025-07-31 or 2025-07-31T14:20+08:00."""
    if day is None:
        return ""
    return (
        local(day).isoformat(timespec="minutes") if isinstance(day, datetime) else day.isoformat()
    )


def thousands(number: int | float | Decimal | None, places: int | None = None) -> str:
    """12,345; with ``places`` rounded half up (a share of 72.625 to one place is 72.6)."""
    if number is None:
        return MISSING
    exact = Decimal(str(number))
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{exact:,f}"


def file_size(size_bytes: int) -> str:
    """812 B, 34 KB, 1.2 MB."""
    if size_bytes < _KILOBYTE:
        return f"{size_bytes} B"
    if size_bytes < _KILOBYTE**2:
        return f"{thousands(size_bytes / _KILOBYTE, 0)} KB"
    return f"{thousands(size_bytes / _KILOBYTE**2, 1)} MB"


def span_words(span: timedelta) -> str:
    """A span of time in at most two units, rounded down: 2 日, 1 日 3 時, 1 時 20 分, 不到 1 分."""
    minutes = int(abs(span).total_seconds() // 60)
    days, hours, rest = minutes // _DAY, minutes % _DAY // 60, minutes % 60
    if days >= 2 or (days and not hours):
        return _("%(days)s 日") % {"days": thousands(days)}
    if days:
        return _("%(days)s 日 %(hours)s 時") % {"days": days, "hours": hours}
    if hours and rest:
        return _("%(hours)s 時 %(minutes)s 分") % {"hours": hours, "minutes": rest}
    if hours:
        return _("%(hours)s 時") % {"hours": hours}
    return _("%(minutes)s 分") % {"minutes": rest} if rest else _("不到 1 分")


def due_words(due_at: datetime | None, now: datetime) -> str:
    """剩 1 時 20 分 before and at the due instant, 逾 2 日 after it."""
    if due_at is None:
        return _("無期限")
    sentence = _("剩 %(span)s") if now <= due_at else _("逾 %(span)s")
    return sentence % {"span": span_words(due_at - now)}


@dataclass(frozen=True, slots=True)
class ClockFace:
    """How a clock is shown: tone (CSS), icon (sprite), the state's word, the words beside it."""

    tone: str
    icon: str
    word: str
    words: str


def clock_face(
    *, due_at: datetime | None, now: datetime, state: str = "open", ended_at: datetime | None = None
) -> ClockFace:
    """The face of a clock in one of the obligation's states (open, paused, fulfilled, lapsed)."""
    if state == "paused":
        return ClockFace("paused", "paused", _("暫停"), _("時鐘暫停"))
    if state == "lapsed":
        return ClockFace("closed", "closed", _("已結"), _("不再要求"))
    if state == "fulfilled":
        return _ended_face(due_at, ended_at)
    return _running_face(due_at, now)


def _ended_face(due_at: datetime | None, ended_at: datetime | None) -> ClockFace:
    if due_at is None or ended_at is None:
        return ClockFace("closed", "closed", _("已結"), _("已完成"))
    if ended_at <= due_at:
        return ClockFace("closed", "closed", _("已結"), _("準時完成"))
    words = _("逾 %(span)s 完成") % {"span": span_words(ended_at - due_at)}
    return ClockFace("closed", "closed", _("已結"), words)


def _running_face(due_at: datetime | None, now: datetime) -> ClockFace:
    words = due_words(due_at, now)
    if due_at is None:
        return ClockFace("neutral", "dot", _("無期限"), words)
    if now > due_at:
        return ClockFace("late", "late", _("逾期"), words)
    if local_day(due_at) == local_day(now):
        return ClockFace("today", "today", _("今日到期"), words)
    return ClockFace("ok", "ok", _("準時"), words)
