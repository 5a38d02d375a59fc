"""Imported records: what a line says, where it belongs, and why it cannot be taken."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from yankao.base.clock import TAIPEI

TOO_EARLY = date(2000, 1, 1)
NUMBER_LENGTH = 40
PLACE_LENGTH = 200
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BLANKS = frozenset({"NULL", "NONE", "\\N"})
_LONGEST_BLANK = max(map(len, _BLANKS))


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One record of any format; "" or None where the source says nothing usable."""

    line: int
    number: str = ""
    kinds: tuple[str, ...] = ()
    """What the source calls the matter, the most exact word first; () where all rows are one."""
    district: str = ""
    address: str = ""
    lat: float | None = None
    lng: float | None = None
    created: datetime | None = None
    description: str = ""
    remark: str = ""
    """The source's own words on what became of it."""
    fault: str = ""
    """Why the line could not be read at all."""


@dataclass(frozen=True, slots=True)
class WhyRefused:
    """A row that was not taken: its line (from 1), its number if any, and the reason."""

    line: int
    number: str
    reason: str


# --- formats -------------------------------------------------------------------------------------


def pothole_row(line: int, cells: Sequence[str]) -> ImportRow:
    """Read number, district, created (Taipei wall time), lat, lng; missing cells count as blank."""
    number, district, created, lat, lng = (_text(cell) for cell in [*cells, "", "", "", "", ""][:5])
    return ImportRow(
        line,
        number=number,
        district=district,
        created=_instant(created),
        lat=_coordinate(lat, 90),
        lng=_coordinate(lng, 180),
    )


def tainan_row(line: int, content: bytes) -> ImportRow:
    """Read a JSON object of Tainan's Open1999; what is of another type than text counts as blank.

    The city writes blanks as "null" or {}, and unknown coordinates as "0".
    """
    try:
        record = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ImportRow(line, fault="不是 UTF-8 的 JSON")
    if not isinstance(record, dict):
        return ImportRow(line, fault="不是 JSON 物件")
    told = {name: _text(value) for name, value in record.items() if isinstance(value, str)}
    return ImportRow(
        line,
        number=told.get("service_request_id", ""),
        kinds=tuple(filter(None, (told.get("subproject"), told.get("service_name")))),
        district=told.get("area", ""),
        address=told.get("address_string", ""),
        lat=_coordinate(told.get("lat", ""), 90),
        lng=_coordinate(told.get("long", ""), 180),
        created=_instant(told.get("requested_datetime", "").removesuffix(".0")),
        description=told.get("description", ""),
        remark=_remark(told.get("status", ""), told.get("updated_datetime", "")),
    )


def _remark(status: str, updated: str) -> str:
    """The source's state, with the minute it was last changed when it says so."""
    if not status:
        return ""
    minute = updated[: len("2015-05-04 09:51")]
    return f"來源系統的狀態：{status[:40]}" + (f"（{minute} 更新）" if minute else "")


def _text(cell: str) -> str:
    if not cell.isprintable():
        cell = _UNSTORABLE.sub("", cell)
    cell = cell.strip().strip("\ufeff")
    return "" if len(cell) <= _LONGEST_BLANK and cell.upper() in _BLANKS else cell


def _instant(text: str) -> datetime | None:
    try:
        if len(text) != len("2017-01-02 12:40:10"):
            return None
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.replace(tzinfo=TAIPEI) if parsed.date() >= TOO_EARLY else None


def _coordinate(text: str, limit: int) -> float | None:
    """Degrees rounded to six places (0.1 m), as stored."""
    try:
        value = float(text)
    except ValueError:
        return None
    return round(value, 6) if 0 < abs(value) <= limit else None


NEEDED = ("number", "item", "received_at", "lat", "lng")
_OPEN_LENGTHS = {
    "number": NUMBER_LENGTH, "place": PLACE_LENGTH, "name": 60, "phone": 30, "email": 254,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A case another system leaves open; with a ``fault`` the rest may be missing."""

    line: int
    number: str = ""
    item: str = ""
    received_at: datetime | None = None
    lat: float | None = None
    lng: float | None = None
    place: str = ""
    description: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    fault: str = ""

    @property
    def day(self) -> date:
        """Of receipt, in Taipei."""
        assert self.received_at is not None, "a row without fault has it"
        return self.received_at.astimezone(TAIPEI).date()

    def refused(self, reason: str) -> "OpenRow":
        """The same row, not to be taken."""
        return replace(self, fault=self.fault or reason)


def missing_columns(names: Collection[str]) -> list[str]:
    """Which of the needed columns a header lacks."""
    return [name for name in NEEDED if name not in names]


def open_row(line: int, cells: Mapping[str | None, str | list[str] | None]) -> OpenRow:
    """Read a line of the open cases; what is wrong with it stands in ``fault``."""
    told = {name: _text(value) for name, value in cells.items() if name and isinstance(value, str)}
    words = {name: told.get(name, "") for name in ("item", "description", *_OPEN_LENGTHS)}
    row = OpenRow(
        line, **words, received_at=_stated_instant(told.get("received_at", "")),
        lat=_coordinate(told.get("lat", ""), 90), lng=_coordinate(told.get("lng", ""), 180),
    )  # fmt: skip
    return row.refused(fault) if (fault := _open_fault(row, words)) else row


def _open_fault(row: OpenRow, words: Mapping[str, str]) -> str:
    if not row.number:
        return "沒有案號"
    if too_long := [name for name, most in _OPEN_LENGTHS.items() if len(words[name]) > most]:
        return f"欄位太長：{'、'.join(too_long)}"
    if row.received_at is None:
        return "沒有可讀的受理時間"
    return "沒有可讀的座標" if row.lat is None or row.lng is None else ""


def _stated_instant(text: str) -> datetime | None:
    """ISO 8601; without offset Taipei's wall time."""
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        return None
    stated = stated if stated.tzinfo else stated.replace(tzinfo=TAIPEI)
    return stated if stated.date() >= TOO_EARLY else None


# --- decisions -----------------------------------------------------------------------------------


def district_of(row: ImportRow, districts: Mapping[str, str]) -> str | None:
    """The code of the district the row names; without one, the district its address begins with."""
    if row.district:
        return districts.get(row.district)
    return next((code for name, code in districts.items() if row.address.startswith(name)), None)


def place_problem(row: ImportRow, *, district: str | None, inside: bool) -> str:
    """Why a row's place counts as unknown ("" = known): the first of district, point, city.

    An address in a known district is a place, as it is for a report without a point.
    """
    if district is None:
        return "district_unrecognised" if row.district else "district_blank"
    if row.lat is None or row.lng is None:
        return "" if row.address else "point_missing"
    return "" if inside else "point_outside_city"


def refusal_of(row: ImportRow, *, at: datetime) -> str | None:
    """Why a row cannot be taken by itself, or None."""
    if row.fault:
        return row.fault
    if not row.number:
        return "沒有案號"
    if len(row.number) > NUMBER_LENGTH:
        return f"案號超過 {NUMBER_LENGTH} 個字"
    if row.created is None:
        return "沒有可讀的日期時間"
    if row.created > at + timedelta(days=1):
        return "日期在未來"
    return None
