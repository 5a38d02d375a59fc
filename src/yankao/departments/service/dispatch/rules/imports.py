"""Imported records: what a line says, where it belongs, and why it cannot be taken."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yankao.base.clock import TAIPEI

TOO_EARLY = date(2000, 1, 1)
NUMBER_LENGTH = 40
PLACE_LENGTH = 200
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BLANKS = frozenset({"NULL", "NONE", "\\N"})


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
    cell = _UNSTORABLE.sub("", cell).strip().strip("\ufeff")
    return "" if cell.upper() in _BLANKS else cell


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
