"""What a GET asks for: jurisdiction, dates, lists and pages; every fault is told at once."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible, Refused, Unreadable
from yankao.departments.service.dispatch.api.open311.answers import Misasked
from yankao.departments.service.dispatch.queries.open_data import OpenFilter

DEFAULT_DAYS = 90
LONGEST_DAYS = 366
"""How far back ``updated_after`` looks at receipts, so that a question stays answerable."""
PAGE_ROWS = 1_000
LAST_PAGE = 10_000
MOST_NUMBERS = 1_000
_NO_NUMBERS: tuple[str, ...] = ()
_FIRST_YEAR, _LAST_YEAR = 1912, 2200
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<minute>\d{2}:\d{2})(?P<second>:\d{2})?(?P<fraction>\.\d{1,6})?"
    r"(?P<zone>Z| ?[+-]\d{2}:?\d{2}| \d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)

Value = TypeVar("Value")


class UnknownJurisdiction(NotVisible):
    """Another city's jurisdiction_id."""


@dataclass(frozen=True, slots=True)
class Span:
    """An instant as written: its beginning and the end of the last unit that was written."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a stretch of time: ``start`` inclusive, ``end`` exclusive."""

    start: datetime
    end: datetime
    page: int
    page_size: int


@dataclass
class _Faults:
    """Collects refusals, so that a client is told all of them."""

    found: list[Refused] = field(default_factory=list)

    def of(self, read: Callable[[], Value], otherwise: Value) -> Value:
        try:
            return read()
        except Refused as refusal:
            self.found.append(refusal)
            return otherwise

    def tell(self) -> None:
        if self.found:
            raise Misasked(self.found)


def check_jurisdiction(*sources: QueryDict) -> None:
    """Raises Unreadable when it is required and missing, UnknownJurisdiction when it is another's.

    A house of one city may leave it out (GeoReport v2, "Definitions"), unless the city pack says
    ``[open311] jurisdiction_required = true``.
    """
    asked = next(filter(None, (_text(source, "jurisdiction_id") for source in sources)), "")
    ours = settings.CITY["jurisdiction_id"]
    if not asked and settings.CITY.get("open311", {}).get("jurisdiction_required", False):
        message = _("沒有指定 jurisdiction_id。請加上 jurisdiction_id=%(ours)s。") % {"ours": ours}
        raise Unreadable("dispatch.open311_jurisdiction_missing", message, "jurisdiction_id")
    if asked and asked != ours:
        message = _("不是這裡的 jurisdiction_id。這裡是 %(ours)s。") % {"ours": ours}
        raise UnknownJurisdiction("dispatch.open311_jurisdiction", message, "jurisdiction_id")


def wanted_page(request: HttpRequest, *, at: datetime) -> tuple[OpenFilter, int, int]:
    """What ``requests`` asks for, with page and page_size. Raises Misasked.

    Without dates the last 90 days of receipts, with ``updated_after`` those of a year;
    ``service_request_id`` outweighs everything else.
    """
    asked, faults = request.GET, _Faults()
    numbers = faults.of(lambda: _numbers(asked), _NO_NUMBERS)
    updated = _bounds(asked, "updated_after", "updated_before", faults)
    days = LONGEST_DAYS if updated[0] else DEFAULT_DAYS
    window = _window(asked, faults, at=at, days=days)
    is_open = faults.of(lambda: _is_open(asked), None)
    faults.tell()
    wanted = OpenFilter(
        numbers=numbers,
        items=_listed(asked, "service_code"),
        is_open=is_open,
        received_from=window.start,
        received_until=window.end,
        updated_from=updated[0],
        updated_until=updated[1],
    )
    return wanted, window.page, window.page_size


def wanted_bulk(request: HttpRequest) -> OpenFilter:
    """What the bulk download asks for: as ``requests``, of any length. Raises Misasked."""
    asked, faults = request.GET, _Faults()
    received = _bounds(asked, "start_date", "end_date", faults)
    is_open = faults.of(lambda: _is_open(asked), None)
    faults.tell()
    return OpenFilter(
        items=_listed(asked, "service_code"),
        is_open=is_open,
        received_from=received[0],
        received_until=received[1],
    )


def wanted_updates(request: HttpRequest, *, at: datetime) -> tuple[tuple[str, ...], Window]:
    """Numbers (none = all) and window of the updates. Raises Misasked."""
    faults = _Faults()
    numbers = faults.of(lambda: _numbers(request.GET), _NO_NUMBERS)
    window = _window(request.GET, faults, at=at, days=DEFAULT_DAYS)
    faults.tell()
    return numbers, window


def wants_extensions(request: HttpRequest) -> bool:
    """``extensions=true``."""
    return _text(request.GET, "extensions").lower() in {"true", "1"}


def span_of(text: str, name: str) -> Span:
    """An instant of the w3 note, to the day, minute, second or fraction.

    Forgiven: a space where a ``+`` was sent unescaped, and no zone (then Taipei's).
    Raises Unreadable.
    """
    match = _INSTANT.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        start = _start(match)
        if not _FIRST_YEAR <= start.year <= _LAST_YEAR:
            raise ValueError(text)
    except ValueError:
        message = _("%(name)s 不是可讀的時間。請寫成 2018-09-05T00:00:00+08:00。") % {"name": name}
        raise Unreadable("dispatch.open311_date", message, name) from None
    return Span(start, start + _width(match))


def _start(match: re.Match[str]) -> datetime:
    clock = f"{match['minute'] or '00:00'}{match['second'] or ''}"
    fraction = (match["fraction"] or "").ljust(7, "0") if match["fraction"] else ""
    if fraction and not match["second"]:
        raise ValueError(fraction)
    zone = (match["zone"] or "").strip().upper()
    if zone and zone[0].isdigit():
        zone = f"+{zone}"
    parsed = datetime.fromisoformat(f"{match['day']}T{clock}{fraction}{zone}")
    return parsed if zone else parsed.replace(tzinfo=TAIPEI)


def _width(match: re.Match[str]) -> timedelta:
    if match["fraction"]:
        return timedelta(microseconds=1)
    if match["second"]:
        return timedelta(seconds=1)
    return timedelta(minutes=1) if match["minute"] else timedelta(days=1)


def _bounds(
    asked: QueryDict, first: str, last: str, faults: _Faults
) -> tuple[datetime | None, datetime | None]:
    start = faults.of(lambda: _span(asked, first), None)
    end = faults.of(lambda: _span(asked, last), None)
    return (start.start if start else None), (end.end if end else None)


def _span(asked: QueryDict, name: str) -> Span | None:
    text = _text(asked, name)
    return span_of(text, name) if text else None


def _text(asked: QueryDict, name: str) -> str:
    """The value without spaces around it; a parameter without value was not declared."""
    return str(asked.get(name) or "").strip()


def _window(asked: QueryDict, faults: _Faults, *, at: datetime, days: int) -> Window:
    """The asked stretch of at most so many days, filled up where an end is missing."""
    start, end = _bounds(asked, "start_date", "end_date", faults)
    longest = timedelta(days=days)
    if end is None:
        end = at + timedelta(microseconds=1) if start is None else start + longest
    if start is None:
        start = end - longest
    faults.of(lambda: _check_span(start, end, days), None)
    page = faults.of(lambda: _count(asked, "page", 1, LAST_PAGE), 1)
    page_size = faults.of(lambda: _count(asked, "page_size", PAGE_ROWS, PAGE_ROWS), PAGE_ROWS)
    return Window(start, end, page, page_size)


def _check_span(start: datetime, end: datetime, days: int) -> None:
    if end <= start:
        message = _("end_date 早於 start_date。請對調。")
        raise Unreadable("dispatch.open311_span", message, "end_date")
    if end - start > timedelta(days=days):
        message = _("一次最多問 %(days)s 天。請分段，或下載 requests.csv。") % {"days": days}
        raise Unreadable("dispatch.open311_span", message, "end_date")


def _count(asked: QueryDict, name: str, otherwise: int, most: int) -> int:
    text = _text(asked, name)
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= most):
        message = _("%(name)s 要是 1 到 %(most)s 的整數。") % {"name": name, "most": most}
        raise Unreadable("dispatch.open311_page", message, name)
    return int(text)


def _listed(asked: QueryDict, name: str) -> tuple[str, ...]:
    """Values declared several times or comma delimited, each once."""
    values = (value.strip() for text in asked.getlist(name) for value in text.split(","))
    return tuple(dict.fromkeys(value for value in values if value))


def _numbers(asked: QueryDict) -> tuple[str, ...]:
    numbers = _listed(asked, "service_request_id")
    if len(numbers) > MOST_NUMBERS:
        message = _("一次最多問 %(most)s 個案號。請分批。") % {"most": MOST_NUMBERS}
        raise Unreadable("dispatch.open311_too_many_numbers", message, "service_request_id")
    return numbers


def _is_open(asked: QueryDict) -> bool | None:
    states = set(_listed(asked, "status"))
    if states - {"open", "closed"}:
        message = _("status 只有 open 與 closed。")
        raise Unreadable("dispatch.open311_status", message, "status")
    return None if len(states) != 1 else states == {"open"}
