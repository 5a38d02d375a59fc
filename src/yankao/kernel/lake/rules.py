"""Months as numbers, names of files and columns, checksums. Pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

MONTH = "lake_month"
"""Column of every partition: the month it was written for, as ``month_number``."""

CITY = "lake_city"
"""Column of several cities' partitions read together: whose row it is. In no file."""

_PART = 1 << 20


class Unreadable(Exception):
    """A partition is not the Parquet file it was."""


class LakeType(StrEnum):
    """Types of columns; all exact (there is no floating point)."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Stock:
    """Rows present at the month's end: ``entered`` < end, and not ``left`` before the end."""

    entered: str
    left: str

    @property
    def flag(self) -> str:
        """Name of the column that says so."""
        return f"in_stock__{self.entered}__{self.left}"


@dataclass(frozen=True, slots=True)
class Table:
    """What is written: an SQL view, its columns in order, and which rows a month needs.

    A row belongs to every month one of its columns of time lies in, and to those at whose end it is
    in stock. ``key`` tells rows apart and orders them.
    """

    name: str
    relation: str
    columns: Mapping[str, LakeType]
    key: str
    stocks: tuple[Stock, ...] = ()

    @property
    def times(self) -> tuple[str, ...]:
        """The columns that place a row in a month."""
        return tuple(n for n, t in self.columns.items() if t in (LakeType.INSTANT, LakeType.DATE))

    @property
    def written(self) -> Mapping[str, LakeType]:
        """Every column of the file: the view's, the month, and what of a row lies in it."""
        flags = [*map(flag_of, self.times), *(stock.flag for stock in self.stocks)]
        return {
            **self.columns,
            MONTH: LakeType.INTEGER,
            **dict.fromkeys(flags, LakeType.BOOLEAN),
        }


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A partition that can be read: where it is, its columns and their types, and whose it is."""

    path: Path
    columns: Mapping[str, str]
    stocks: tuple[Stock, ...] = ()
    city: str = ""

    @property
    def marks(self) -> tuple[str, ...]:
        """The columns that say what of a row lies in the month."""
        times = (n for n, t in self.columns.items() if t in (LakeType.INSTANT, LakeType.DATE))
        return (*map(flag_of, times), *(stock.flag for stock in self.stocks))


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the city's calendar: its first day, that of the next, and both midnights."""

    start_on: date
    end_on: date
    start_at: datetime
    end_at: datetime

    @property
    def number(self) -> int:
        return month_number(self.start_on)

    @property
    def code(self) -> str:
        """2026-10"""
        return f"{self.start_on:%Y-%m}"


def month_number(day: date) -> int:
    """Months since the year 0, so that periods of months are found by dividing."""
    return day.year * 12 + day.month - 1


def flag_of(column: str) -> str:
    """Name of the column that says whether a time lies in the partition's month."""
    return f"in_month__{column}"


def path_of(table: str, month: str, sha256: str) -> str:
    """Where a partition lies: by fact, month and content, so nothing is ever overwritten."""
    return f"facts/{table}/{month}/{sha256}.parquet"


def digest_of(source: Iterable[bytes]) -> str:
    """SHA-256 of the bytes, in hex."""
    digest = hashlib.sha256()
    for part in source:
        digest.update(part)
    return digest.hexdigest()


def parts_of(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of an open file, a piece at a time."""
    while part := file.read(_PART):
        yield part


def digest_together(digests: Sequence[str]) -> str:
    """One checksum for several partitions, in order; of one alone its own."""
    return digests[0] if len(digests) == 1 else digest_of(digest.encode() for digest in digests)


def manifest_digest(manifest: Sequence[Mapping[str, object]]) -> str:
    """SHA-256 of a month's manifest, as JSON."""
    return digest_of([json.dumps(manifest, sort_keys=True).encode()])
