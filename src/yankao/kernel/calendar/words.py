"""What days, terms and the steps of a count are called."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import formats
from yankao.kernel.calendar.rules import Day, DayKind, Due, Line, LineKind, Unit

DAY_WORDS: dict[DayKind, Any] = {
    DayKind.WORKDAY: gettext_lazy("上班日"),
    DayKind.MAKE_UP: gettext_lazy("補行上班"),
    DayKind.WEEKEND: gettext_lazy("例假日"),
    DayKind.HOLIDAY: gettext_lazy("放假日"),
    DayKind.EXCEPTION_OFF: gettext_lazy("本市放假"),
    DayKind.EXCEPTION_ON: gettext_lazy("本市上班"),
    DayKind.STOP_WORK: gettext_lazy("停班"),
}

CERTAINTY_WORDS: dict[str, Any] = {
    "L": gettext_lazy("法規"),
    "S": gettext_lazy("間接資料"),
    "K": gettext_lazy("本市慣例"),
    "?": gettext_lazy("示範值"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation as people read it. ``counted`` marks what used up time."""

    on: date
    text: str
    citation: str
    kind: str
    counted: bool


def amount_words(unit: Unit, amount: int) -> str:
    """4 小時, 6 個工作天, 30 天, 3 個月."""
    templates = {
        Unit.HOURS: _("%(amount)s 小時"),
        Unit.WORKING_DAYS: _("%(amount)s 個工作天"),
        Unit.CALENDAR_DAYS: _("%(amount)s 天"),
        Unit.MONTHS: _("%(amount)s 個月"),
    }
    return templates[unit] % {"amount": amount}


def day_words(day: Day) -> str:
    """補行上班, 放假日（春節）…"""
    word = str(DAY_WORDS[day.kind])
    if not day.name:
        return word
    return _("%(word)s（%(name)s）") % {"word": word, "name": day.name}


def steps(due: Due) -> list[Step]:
    """The explanation of a due time, line by line."""
    return [_step(line, due) for line in due.lines]


def _step(line: Line, due: Due) -> Step:
    return Step(
        on=line.on,
        text=_SENTENCES[line.kind](line, due),
        citation=_(line.citation) if line.citation else "",
        kind=line.kind,
        counted=line.kind in {LineKind.COUNTED, LineKind.HOURS, LineKind.MONTHS},
    )


def _hours(line: Line, due: Due) -> str:
    return _("自 %(from)s 起連續計算 %(amount)s，不分上下班。") % {
        "from": formats.roc_datetime(line.from_at),
        "amount": amount_words(due.term.unit, line.number),
    }


def _receipt_day(line: Line, due: Due) -> str:
    return _("收到當日，不計入。")


def _counted(line: Line, due: Due) -> str:
    return _("第 %(number)s 天：%(day)s。") % {"number": line.number, "day": _kind_words(line)}


def _day_off(line: Line, due: Due) -> str:
    return _("不計：%(day)s。") % {"day": _kind_words(line)}


def _paused(line: Line, due: Due) -> str:
    if line.from_at is None:
        return _("不計：時鐘暫停。")
    return _("不計：時鐘自 %(from)s 暫停到 %(until)s。") % {
        "from": formats.roc_datetime(line.from_at),
        "until": formats.roc_datetime(line.until_at),
    }


def _months(line: Line, due: Due) -> str:
    return _("自收到的次日起算 %(amount)s，到這一天屆滿。") % {
        "amount": amount_words(Unit.MONTHS, line.number)
    }


def _moved(line: Line, due: Due) -> str:
    return _("期限末日不能落在%(day)s，順延到下一天。") % {"day": _kind_words(line)}


def _last_day(line: Line, due: Due) -> str:
    if due.term.unit == Unit.HOURS:
        return _("期限：%(at)s 前。") % {"at": formats.roc_datetime(due.at)}
    return _("期限末日，當日 24 時前都算準時。")


def _kind_words(line: Line) -> str:
    return day_words(line.day) if line.day else ""


_SENTENCES: dict[LineKind, Callable[[Line, Due], str]] = {
    LineKind.HOURS: _hours,
    LineKind.RECEIPT_DAY: _receipt_day,
    LineKind.COUNTED: _counted,
    LineKind.DAY_OFF: _day_off,
    LineKind.PAUSED: _paused,
    LineKind.MONTHS: _months,
    LineKind.MOVED: _moved,
    LineKind.LAST_DAY: _last_day,
}
