"""Numbers and their sentences, as people read them. Sentences are whole, never joined."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yankao.base import formats
from yankao.kernel.figures.declarations import Direction, Fact, Figure
from yankao.kernel.figures.queries import GRAIN_WORDS
from yankao.kernel.figures.rules import ROC_OFFSET, Grain, Period
from yankao.kernel.figures.values import Value

NO_VALUE = gettext_lazy("無資料")

GRAIN_NAMES = {
    Grain.DAY: gettext_lazy("日"),
    Grain.MONTH: gettext_lazy("月"),
    Grain.QUARTER: gettext_lazy("季"),
    Grain.HALF: gettext_lazy("半年"),
    Grain.YEAR: gettext_lazy("年"),
}

GRAIN_HEADS = {
    Grain.DAY: gettext_lazy("日期"),
    Grain.MONTH: gettext_lazy("年月"),
    Grain.QUARTER: gettext_lazy("年季"),
    Grain.HALF: gettext_lazy("半年度"),
    Grain.YEAR: gettext_lazy("年度"),
}

DIRECTION_NAMES = {
    Direction.HIGHER: gettext_lazy("愈高愈好"),
    Direction.LOWER: gettext_lazy("愈低愈好"),
    Direction.NEUTRAL: gettext_lazy("高低無關好壞"),
}

_VALUE = gettext_lazy("%(period)s，%(title)s %(value)s %(unit)s。")
_VALUE_SO_FAR = gettext_lazy("%(period)s至今，%(title)s %(value)s %(unit)s。")
_NONE = gettext_lazy("%(period)s，%(title)s無資料。")
_WITHHELD = gettext_lazy("%(period)s的%(title)s不公布：還沒結束，或份數太少。")
_FUTURE = gettext_lazy("%(period)s還沒開始，沒有%(title)s。")

_COMPARED = {
    (Grain.DAY, 1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較前一日增 %(change)s %(change_unit)s。"
    ),
    (Grain.DAY, -1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較前一日減 %(change)s %(change_unit)s。"
    ),
    (Grain.DAY, 0): gettext_lazy("%(period)s，%(title)s %(value)s %(unit)s，與前一日相同。"),
    (Grain.MONTH, 1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較上月增 %(change)s %(change_unit)s。"
    ),
    (Grain.MONTH, -1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較上月減 %(change)s %(change_unit)s。"
    ),
    (Grain.MONTH, 0): gettext_lazy("%(period)s，%(title)s %(value)s %(unit)s，與上月相同。"),
    (Grain.QUARTER, 1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較上季增 %(change)s %(change_unit)s。"
    ),
    (Grain.QUARTER, -1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較上季減 %(change)s %(change_unit)s。"
    ),
    (Grain.QUARTER, 0): gettext_lazy("%(period)s，%(title)s %(value)s %(unit)s，與上季相同。"),
    (Grain.HALF, 1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較前半年增 %(change)s %(change_unit)s。"
    ),
    (Grain.HALF, -1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較前半年減 %(change)s %(change_unit)s。"
    ),
    (Grain.HALF, 0): gettext_lazy("%(period)s，%(title)s %(value)s %(unit)s，與前半年相同。"),
    (Grain.YEAR, 1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較上年增 %(change)s %(change_unit)s。"
    ),
    (Grain.YEAR, -1): gettext_lazy(
        "%(period)s，%(title)s %(value)s %(unit)s，較上年減 %(change)s %(change_unit)s。"
    ),
    (Grain.YEAR, 0): gettext_lazy("%(period)s，%(title)s %(value)s %(unit)s，與上年相同。"),
}

_COMPARED_SO_FAR = {
    1: gettext_lazy(
        "%(period)s至今，%(title)s %(value)s %(unit)s，"
        "較前期同樣長的時間增 %(change)s %(change_unit)s。"
    ),
    -1: gettext_lazy(
        "%(period)s至今，%(title)s %(value)s %(unit)s，"
        "較前期同樣長的時間減 %(change)s %(change_unit)s。"
    ),
    0: gettext_lazy("%(period)s至今，%(title)s %(value)s %(unit)s，與前期同樣長的時間相同。"),
}

_LAST_YEAR = {
    1: gettext_lazy("較去年同期增 %(change)s %(change_unit)s。"),
    -1: gettext_lazy("較去年同期減 %(change)s %(change_unit)s。"),
    0: gettext_lazy("與去年同期相同。"),
}


def period_words(period: Period) -> str:
    """A period in a sentence: 107 年 9 月, 107 年下半年; in English September 2018."""
    if not formats.in_english():
        return period.label
    month = formats.ENGLISH_MONTHS[period.start.month - 1]
    match period.grain:
        case Grain.DAY:
            return formats.roc_long(period.start)
        case Grain.MONTH:
            return f"{month} {period.start.year}"
        case Grain.QUARTER:
            return f"Q{(period.start.month + 2) // 3} {period.start.year}"
        case Grain.HALF:
            half = "January-June" if period.start.month == 1 else "July-December"
            return f"{half} {period.start.year}"
    return str(period.start.year)


def short_period_words(period: Period) -> str:
    """A period on an axis: 107/09; in English 2018-09."""
    return period.code if formats.in_english() else period.short_label


WITHHELD_WORD = gettext_lazy("不公布")


def number_text(number: Decimal | int | None) -> str:
    """3,769, 93.4 or 無資料; digits after the point stay as rounded."""
    return str(NO_VALUE) if number is None else f"{number:,}"


def value_text(figure: Figure, value: Value, unit: str = "") -> str:
    """The number with its unit: 3,769 件, 93.4 %; 無資料 has none, 不公布 may not be known."""
    if value.is_withheld:
        return str(WITHHELD_WORD)
    if value.value is None:
        return str(NO_VALUE)
    return f"{number_text(value.value)} {unit or figure.unit}"


def headline(
    figure: Figure, period: Period, value: Value, before: Value, *, as_of: datetime
) -> str:
    """107 年 9 月，受理 3,769 件，較上月增 1,212 件。

    The change is the difference of the two printed numbers, so a reader can check it; an open
    period is compared with as long a stretch of the one before (``before`` must be that).
    """
    words = _words(figure, period, value, before)
    if period.is_future(as_of):
        return _FUTURE % words
    if value.is_withheld:
        return _WITHHELD % words
    if value.value is None:
        return _NONE % words
    is_open = period.is_open(as_of)
    change = _difference(value, before)
    if change is None:
        return (_VALUE_SO_FAR if is_open else _VALUE) % words
    return (
        _COMPARED_SO_FAR[_sign(change)] if is_open else _COMPARED[period.grain, _sign(change)]
    ) % words


def since_last_year(figure: Figure, period: Period, value: Value, before: Value) -> str:
    """較去年同期減 12 件。 The difference of the printed numbers; "" when one is missing."""
    change = _difference(value, before)
    if change is None:
        return ""
    return str(_LAST_YEAR[_sign(change)] % _words(figure, period, value, before))


def _words(figure: Figure, period: Period, value: Value, before: Value) -> dict[str, str]:
    change = _difference(value, before)
    return {
        "period": period_words(period),
        "title": str(figure.title),
        "unit": figure.unit,
        "value": number_text(value.value),
        "change": number_text(None if change is None else abs(change)),
        "change_unit": figure.unit_of_change,
    }


def _difference(value: Value, before: Value) -> Decimal | None:
    if value.value is None or before.value is None:
        return None
    return value.value - before.value


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def choice_text(dimension: str, name: str) -> str:
    """A filter in words: 行政區：東區."""
    return _("%(dimension)s：%(name)s") % {"dimension": dimension, "name": name}


def parts_text(figure: Figure, value: Value) -> str:
    """What a share is a share of: 3,520 ÷ 3,769; "" for other measures."""
    if value.denominator is None or value.numerator is None:
        return ""
    return _("%(numerator)s ÷ %(denominator)s") % {
        "numerator": number_text(value.numerator),
        "denominator": number_text(value.denominator),
    }


def tick_text(period: Period, *, is_first: bool) -> tuple[str, ...]:
    """What an axis says under a period; the year (of days: the month) only where it begins."""
    grain, start = period.grain, period.start
    counted = start.year if formats.in_english() else start.year - ROC_OFFSET
    year = _("%(year)s 年") % {"year": counted}
    if grain is Grain.YEAR:
        return (str(counted),)
    if grain is Grain.DAY:
        month = _("%(month)s 月") % {"month": start.month}
        return (str(start.day), month if is_first or start.day == 1 else "")
    name = str(start.month) if grain is Grain.MONTH else period.code.split("-")[1]
    return (name, year if is_first or start.month == 1 else "")


def series_caption(figure: Figure, first: Period, last: Period) -> str:
    """What a chart in time shows."""
    return _("%(title)s（%(unit)s），%(first)s至%(last)s") % {
        "title": figure.title,
        "unit": figure.unit,
        "first": period_words(first),
        "last": period_words(last),
    }


def breakdown_caption(figure: Figure, period: Period, dimension: str) -> str:
    """What a chart by a dimension shows."""
    return _("%(title)s（%(unit)s）按%(dimension)s，%(period)s") % {
        "title": figure.title,
        "unit": figure.unit,
        "dimension": _within(dimension),
        "period": period_words(period),
    }


def _within(title: str) -> str:
    """A title inside a sentence: by item group, not by Item group; abbreviations stay."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def rounding_text(figure: Figure) -> str:
    """How the printed number comes out of the exact one."""
    if not figure.places:
        return _("四捨五入到整數")
    return ngettext(
        "四捨五入到小數 %(places)d 位", "四捨五入到小數 %(places)d 位", figure.places
    ) % {"places": figure.places}


def fact_text(fact: Fact) -> str:
    """Which rows the figure is computed from."""
    return _("%(title)s（%(name)s），不含個人資料") % {"title": fact.title, "name": fact.name}


def version_text(figure: Figure) -> str:
    """The name and version a number is cited by."""
    return _("%(name)s，第 %(version)s 版") % {"name": figure.name, "version": figure.version}


def standing_text(value: Value, period: Period, *, as_of: datetime) -> str:
    """Whether the number will change; "" of one that is withheld or has not begun."""
    if value.is_withheld or period.is_future(as_of):
        return ""
    if value.closed is None:
        if period.is_open(as_of):
            return _("這段期間還沒結束，數字還會變動。")
        return _("這段期間還沒結帳，數字還會變動。")
    if not value.closed.is_stored:
        return _("從結帳時封存的資料計算，數字不會再變；如有更正，會另外標明。")
    return _("結帳時的數字，不會再變；如有更正，會另外標明。")


DEFINITION_STATES = {
    "proposed": gettext_lazy("待核定"),
    "approved": gettext_lazy("使用中"),
    "replaced": gettext_lazy("已被取代"),
}


def revision_text(revision: int) -> str:
    """Which time a number was said: 結帳時, 第 1 次更正."""
    return _("第 %(revision)s 次更正") % {"revision": revision} if revision else _("結帳時")


_CITED_CLOSED = gettext_lazy(
    "%(city)s，%(title)s，%(period)s：%(value)s（%(name)s 第 %(version)s 版，"
    "%(revision)s，SHA-256 %(checksum)s）。%(address)s"
)
_CITED_LIVE = gettext_lazy(
    "%(city)s，%(title)s，%(period)s：%(value)s（%(name)s 第 %(version)s 版，"
    "%(date)s即時計算，還會變動）。%(address)s"
)


def citation(
    figure: Figure,
    period: Period,
    value: Value,
    choices: Sequence[str],
    *,
    unit: str,
    version: int,
    address: str,
    at: datetime,
) -> str:
    """The line by which somebody cites the number: all it takes to find and to check it."""
    title = str(figure.title)
    if choices:
        told = {"title": title, "choices": _("、").join(choices)}
        title = _("%(title)s（%(choices)s）") % told
    words = {
        "city": settings.CITY["name_en" if formats.in_english() else "name"],
        "title": title,
        "period": period_words(period),
        "value": value_text(figure, value, unit),
        "name": figure.name,
        "version": version,
        "address": address,
        "date": formats.roc_long(at),
    }
    if value.closed is None:
        return str(_CITED_LIVE % words)
    revision, checksum = revision_text(value.closed.revision), value.closed.checksum
    return str(_CITED_CLOSED % {**words, "revision": revision, "checksum": checksum})


def cells_note(figure: Figure) -> str:
    """What of the figure is not public, and when the rest is; "" when all is."""
    cells = figure.small_cells
    if cells is None:
        return ""
    titles = _("、").join(_within(figure.fact.column(one).title) for one in cells.dimensions)
    return _(
        "按%(dimensions)s的數字，每%(grain)s結束後才公布；不到 %(least)s 份的不公布，"
        "並多隱藏一個，免得由合計推算出來。"
    ) % {
        "dimensions": titles,
        "grain": _within(str(GRAIN_WORDS[cells.grain])),
        "least": cells.least(),
    }
