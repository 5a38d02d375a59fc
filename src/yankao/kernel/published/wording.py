"""Printed numbers and their periods, as people read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import formats
from yankao.base.local_names import local
from yankao.kernel.published.queries import NumberView, SeriesView
from yankao.kernel.published.rules import Basis, Length, Mark, length_of

BASIS_WORDS = {
    Basis.FLOW: gettext_lazy("期間合計"),
    Basis.STOCK: gettext_lazy("當日數"),
    Basis.RATIO: gettext_lazy("比率"),
    Basis.AVERAGE: gettext_lazy("平均"),
    Basis.SCORE: gettext_lazy("分數或名次"),
    Basis.TARGET: gettext_lazy("標準或門檻"),
}
LENGTH_WORDS = {
    Length.YEAR: gettext_lazy("全年"),
    Length.HALF: gettext_lazy("半年期"),
    Length.QUARTER: gettext_lazy("一季"),
    Length.MONTH: gettext_lazy("一個月"),
    Length.DAY: gettext_lazy("某一天"),
    Length.OTHER: gettext_lazy("其他長度的期間"),
}
_MARK_WORDS = {Mark.ABOUT: gettext_lazy("約"), Mark.AT_LEAST: gettext_lazy("至少")}


def period_words(start: date, end: date) -> str:
    """108 年, 114 年下半年, 107/01/31（三）, else from day to day; in English 2019 …"""
    if formats.in_english():
        return _english_period(start, end)
    length, year = length_of(start, end), formats.roc_year(start.year)
    if length is Length.YEAR and start.month == 1:
        return f"{year} 年"
    if length is Length.HALF and start.month in (1, 7):
        return f"{year} 年{'上' if start.month == 1 else '下'}半年"
    if length is Length.MONTH:
        return formats.roc_month(start)
    return _between(start, end)


def _english_period(start: date, end: date) -> str:
    length = length_of(start, end)
    if length is Length.YEAR and start.month == 1:
        return str(start.year)
    if length is Length.HALF and start.month in (1, 7):
        return f"{start.year}-H{1 if start.month == 1 else 2}"
    return formats.roc_month(start) if length is Length.MONTH else _between(start, end)


def _between(start: date, end: date) -> str:
    if start == end:
        return formats.roc_date(start)
    words = {"start": short_day(start), "end": short_day(end)}
    return _("%(start)s至%(end)s") % words


def short_day(day: date) -> str:
    """107/01/31; in English 2018-01-31."""
    if formats.in_english():
        return day.isoformat()
    return f"{formats.roc_year(day.year)}/{day.month:02}/{day.day:02}"


def value_words(number: NumberView) -> str:
    """97,040 件; 33.10 %; with 約 or 至少 behind it where the report said so."""
    words = {"value": f"{number.value:,}", "unit": local(number.unit)}
    if number.mark is Mark.EXACT:
        return _("%(value)s %(unit)s") % words
    return _("%(value)s %(unit)s（%(mark)s）") % {**words, "mark": mark_words(number)}


def mark_words(number: NumberView) -> str:
    """How the report hedged: its own word, in English about or at least."""
    if number.mark is Mark.EXACT:
        return ""
    own = "" if formats.in_english() else number.mark_word
    return own or str(_MARK_WORDS[number.mark])


def source_words(number: NumberView) -> str:
    """Which report, which section."""
    words = {"report": local(number.report.title), "section": number.section}
    return _("%(report)s，%(section)s") % words


@dataclass(frozen=True, slots=True)
class Break:
    """Why a number must not be compared with the one before it; ``sign`` (①) marks both places."""

    sign: str
    period: str
    words: str


_SIGNS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def breaks_in(series: SeriesView) -> dict[int, Break]:
    """Place of a number → why it is not comparable with the one before it."""
    found: dict[int, Break] = {}
    for place, (before, number) in enumerate(pairwise(series.numbers), start=1):
        reasons = _reasons(before, number)
        if reasons:
            sign = _SIGNS[min(len(found), len(_SIGNS) - 1)]
            period = period_words(number.period_start, number.period_end)
            found[place] = Break(sign, period, " ".join(reasons))
    return found


def _reasons(before: NumberView, number: NumberView) -> Sequence[str]:
    reasons = []
    if before.length is not number.length:
        reasons.append(
            _("期間長度不同：前一個是%(before)s，這一個是%(after)s，兩者不能直接比較。")
            % {"before": LENGTH_WORDS[before.length], "after": LENGTH_WORDS[number.length]}
        )
    if before.unit != number.unit:
        reasons.append(
            _("單位由「%(before)s」改為「%(after)s」。")
            % {"before": local(before.unit), "after": local(number.unit)}
        )
    if number.break_before:
        reasons.append(str(local(number.break_before)))
    return reasons
