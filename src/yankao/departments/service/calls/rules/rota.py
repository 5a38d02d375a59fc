"""What a rota may ask of somebody: the Labor Standards Act (勞動基準法), as pure rules.

§30 I: 8 hours a day and 40 a week; §32 II: never more than 12 hours a day, overtime included;
§34: 11 hours of rest when shifts change, here always; §36: two days off in seven, so nobody works
more than six days in a row or five in a week. Breaks (§35) are no working time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

REST_HOURS = 11
MOST_HOURS_A_DAY = 12
MOST_HOURS_A_WEEK = 40
MOST_DAYS_IN_A_ROW = 6
WORK_DAYS_IN_SEVEN = 5


class Conflict(StrEnum):
    """Why a shift cannot be worked."""

    OVERLAP = "overlap"
    REST = "rest"
    LONG_DAY = "long_day"
    LONG_WEEK = "long_week"
    DAYS_OFF = "days_off"


@dataclass(frozen=True, slots=True, order=True)
class Duty:
    """One shift somebody works."""

    starts_at: datetime
    ends_at: datetime
    break_minutes: int = 0

    @property
    def work(self) -> timedelta:
        return self.ends_at - self.starts_at - timedelta(minutes=self.break_minutes)


def conflicts(duties: Iterable[Duty], wanted: Duty, *, zone: tzinfo) -> list[Conflict]:
    """What stands against the wanted shift beside those somebody works already.

    A shift belongs to the day (of the zone) on which it begins; the week is Monday to Sunday.
    """
    others = sorted(duties)
    every = sorted([*others, wanted])
    found = []
    if any(d.starts_at < wanted.ends_at and wanted.starts_at < d.ends_at for d in others):
        found.append(Conflict.OVERLAP)
    elif not _is_rested(every):
        found.append(Conflict.REST)
    day = wanted.starts_at.astimezone(zone).date()
    if _hours([d for d in every if _day(d, zone) == day]) > MOST_HOURS_A_DAY:
        found.append(Conflict.LONG_DAY)
    monday = day - timedelta(days=day.weekday())
    week = [d for d in every if monday <= _day(d, zone) < monday + timedelta(days=7)]
    if _hours(week) > MOST_HOURS_A_WEEK:
        found.append(Conflict.LONG_WEEK)
    if not _has_days_off({_day(d, zone) for d in every}, day, monday):
        found.append(Conflict.DAYS_OFF)
    return found


def _day(duty: Duty, zone: tzinfo) -> date:
    return duty.starts_at.astimezone(zone).date()


def _hours(duties: Iterable[Duty]) -> float:
    return sum((duty.work for duty in duties), timedelta()).total_seconds() / 3600


def _is_rested(every: Sequence[Duty]) -> bool:
    rest = timedelta(hours=REST_HOURS)
    pairs = pairwise(every)
    return all(later.starts_at - earlier.ends_at >= rest for earlier, later in pairs)


def _has_days_off(worked: set[date], day: date, monday: date) -> bool:
    week = sum(monday + timedelta(days=n) in worked for n in range(7))
    row = 1
    for step in (-1, 1):
        at = day + timedelta(days=step)
        while at in worked:
            row, at = row + 1, at + timedelta(days=step)
    return week <= WORK_DAYS_IN_SEVEN and row <= MOST_DAYS_IN_A_ROW


def share_pct(*, counted: int, of: int, least: int) -> float | None:
    """A share that names nobody: None when fewer than ``least`` are counted, or are not."""
    if counted < least or of - counted < least:
        return None
    return 100 * counted / of
