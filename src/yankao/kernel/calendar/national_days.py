"""The nation's office calendar from the ``holidays`` library, with the rule behind each day.

The library follows the calendars of 行政院人事行政總處, make-up Saturdays included.
"""

from datetime import date
from functools import lru_cache

import holidays

from yankao.kernel.calendar.rules import Day, DayKind, gettext_noop

_HOLIDAYS_ACT_FROM = date(2025, 5, 28)
_FIVE_DAY_WEEK_FROM = date(2001, 1, 1)
_SERVICE_ACT_FROM = date(2022, 6, 24)

MAKE_UP_RULE = gettext_noop("政府機關調整上班日期處理要點：調整放假後，以公告之星期六補行上班。")


@lru_cache(maxsize=20_000)
def national_day(on: date) -> Day:
    """The day as all offices of the nation keep it, before local exceptions and stop-work."""
    calendar = _calendar(on.year)
    if calendar.is_working_day(on):
        made_up = calendar.is_weekend(on)
        return Day(on, DayKind.MAKE_UP, "", MAKE_UP_RULE) if made_up else Day(on, DayKind.WORKDAY)
    name = calendar.get(on)
    if name:
        return Day(on, DayKind.HOLIDAY, "、".join(name.split("; ")), holiday_rule(on))
    return Day(on, DayKind.WEEKEND, "", weekend_rule(on))


def holiday_rule(on: date) -> str:
    """The law that makes holidays, as in force on the day."""
    if on >= _HOLIDAYS_ACT_FROM:
        return gettext_noop("紀念日及節日實施條例")
    return gettext_noop("紀念日及節日實施辦法")


def weekend_rule(on: date) -> str:
    """The rule that gives Saturday and Sunday, as in force on the day."""
    if on >= _SERVICE_ACT_FROM:
        return gettext_noop("公務員服務法第 12 條：每週應有二日之休息日。")
    if on >= _FIVE_DAY_WEEK_FROM:
        return gettext_noop("公務人員週休二日實施辦法")
    return gettext_noop("行政院核定之辦公時間（隔週休二日）")


@lru_cache(maxsize=200)
def _calendar(year: int) -> holidays.HolidayBase:
    """One year with its neighbours: made-up and observed days may lie over the border."""
    years = range(year - 1, year + 2)
    return holidays.country_holidays("TW", years=years, language="zh_TW", expand=False)
