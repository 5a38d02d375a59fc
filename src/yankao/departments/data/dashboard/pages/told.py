"""Figures as people read them: number, sentence, drawing, table. One way for every page.

``told`` renders any figures over any periods; drawings are kept by their content (``charts``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.departments.data.dashboard import queries, rules
from yankao.departments.data.dashboard.queries import Course
from yankao.departments.data.dashboard.queries.topics import Target
from yankao.departments.data.dashboard.workflow import Chart, Comparison
from yankao.kernel.figures import charts, wording
from yankao.kernel.figures.declarations import Average, Count, Direction, Figure, Ratio, Sum
from yankao.kernel.figures.queries import Point
from yankao.kernel.figures.rules import Period
from yankao.kernel.figures.values import Value


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table (members as ``kernel_figures/lines.html`` reads them)."""

    label: str
    text: str
    parts: str
    records: int
    address: str
    is_open: bool = False
    is_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A figure in a period, ready to be shown; ``number`` "" stands for no such periods."""

    figure: Figure
    address: str
    number: str = ""
    unit: str = ""
    parts: str = ""
    sentence: str = ""
    beside: str = ""
    spark: str = ""
    trend: str = ""
    svg: str = ""
    caption: str = ""
    head: str = ""
    lines: tuple[Line, ...] = ()
    is_closed: bool = False

    @property
    def has_parts(self) -> bool:
        return isinstance(self.figure.measure, Ratio | Average)


def told(
    figures: Sequence[Figure],
    period: Period,
    *,
    at: datetime,
    chart: Chart = Chart.NUMBER,
    comparison: Comparison = Comparison.PREVIOUS,
    first: Period | None = None,
) -> list[Told]:
    """The figures up to the period (from ``first``, or as long as is usual). One query for all."""
    found = queries.courses(figures, period, at=at, first=first)
    return all_told(found, figures, period, at=at, chart=chart, comparison=comparison)


def all_told(
    found: Mapping[str, Course],
    figures: Sequence[Figure],
    period: Period,
    *,
    at: datetime,
    chart: Chart,
    comparison: Comparison,
) -> list[Told]:
    """The figures out of what was found; one that has no such periods only by its name."""
    return [
        tell(found[figure.name], at=at, chart=chart, comparison=comparison)
        if figure.name in found
        else Told(figure=figure, address=queries.figure_address(figure, period))
        for figure in figures
    ]


def tell(
    course: Course,
    *,
    at: datetime,
    chart: Chart = Chart.NUMBER,
    comparison: Comparison = Comparison.PREVIOUS,
) -> Told:
    """One course in words and, if it is to be drawn, as a drawing. No query."""
    figure, period, value = course.figure, course.period, course.value
    caption = wording.series_caption(figure, course.points[0].period, period)
    numbers = [point.value.value for point in course.points]
    return Told(
        figure=figure,
        address=queries.figure_address(figure, period),
        number=wording.number_text(value.value),
        unit=str(figure.unit) if value.value is not None else "",
        parts=wording.parts_text(figure, value),
        sentence=_sentence(course, comparison, at),
        beside=_beside(course, comparison),
        spark=rules.spark_points(numbers),
        trend=" → ".join(wording.number_text(number) for number in numbers if number is not None),
        svg=_series(course, chart, caption),
        caption=caption,
        head=str(wording.GRAIN_HEADS[period.grain]),
        lines=tuple(_line(figure, point) for point in course.points),
        is_closed=value.closed is not None,
    )


def _sentence(course: Course, comparison: Comparison, at: datetime) -> str:
    before = course.before if comparison is Comparison.PREVIOUS else Value(None)
    return wording.headline(course.figure, course.period, course.value, before, as_of=at)


def _beside(course: Course, comparison: Comparison) -> str:
    """The sentence about the year before, where the topic compares with it."""
    if comparison is not Comparison.LAST_YEAR:
        return ""
    return wording.since_last_year(course.figure, course.period, course.value, course.last_year)


def _line(figure: Figure, point: Point) -> Line:
    return Line(
        wording.short_period_words(point.period),
        wording.value_text(figure, point.value),
        wording.parts_text(figure, point.value),
        point.value.records,
        queries.figure_address(figure, point.period),
        point.is_open,
        point.value.closed is not None,
    )


def _series(course: Course, chart: Chart, caption: str) -> str:
    """Amounts of a period are bars whatever was chosen: a line would connect what adds up.

    Of no numbers at all there is no drawing.
    """
    points = course.points
    is_empty = all(point.value.value is None for point in points)
    if is_empty or chart not in (Chart.LINE, Chart.BARS):
        return ""
    marks = [
        charts.Mark(
            wording.short_period_words(point.period),
            height_of(point.value),
            wording.number_text(point.value.value),
            point.is_open,
            wording.tick_text(point.period, is_first=point is points[0]),
        )
        for point in points
    ]
    as_line = chart is Chart.LINE and not isinstance(course.figure.measure, Count | Sum)
    return charts.series_svg(marks, title=caption, as_line=as_line)


def shares(found: Sequence[Told], period: Period) -> dict[str, Any]:
    """The figures beside each other as bars, for topics that are parts of a whole."""
    shown = [one for one in found if one.lines]
    marks = [
        charts.Mark(str(one.figure.title), height_of_text(one.number), one.number) for one in shown
    ]
    caption = _("各項占比，%(period)s") % {"period": wording.period_words(period)}
    return {
        "svg": bars(marks, caption),
        "caption": caption,
        "lines": [
            Line(str(one.figure.title), one.lines[-1].text, one.parts, 0, one.address)
            for one in shown
        ],
    }


def bars(marks: Sequence[charts.Mark], caption: str) -> str:
    """Bars in the given order; of no numbers at all there is no drawing."""
    if all(mark.height is None for mark in marks):
        return ""
    return charts.bars_svg(marks, title=caption)


def height_of(value: Value) -> float | None:
    """How high a mark is drawn; None = a gap."""
    return None if value.value is None else float(value.value)


def height_of_text(number: str) -> float | None:
    """The height of a number as printed; what is no number is a gap."""
    try:
        return float(number.replace(",", ""))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Aimed:
    """A target beside its number: whose it is, the words and how it stands."""

    figure: Figure
    words: str
    reached: rules.Reached
    tone: str
    state: str

    @property
    def named(self) -> str:
        """派工準時率：目標 95 %."""
        return wording.choice_text(str(self.figure.title), self.words)


def aimed(target: Target, value: Decimal | None) -> Aimed:
    """How the number stands against its target, in words, icon and colour."""
    is_lower_better = target.figure.direction is Direction.LOWER
    stands = rules.reached(value, target.value, is_lower_better=is_lower_better)
    told_as = {"value": f"{target.value.normalize():f}", "unit": target.figure.unit}
    words = (
        _("目標不高於 %(value)s %(unit)s") if is_lower_better else _("目標 %(value)s %(unit)s")
    ) % told_as
    tone, state = {
        rules.Reached.YES: ("ok", _("達到目標")),
        rules.Reached.NO: ("late", _("未達目標")),
        rules.Reached.UNKNOWN: ("neutral", _("還不能比")),
    }[stands]
    return Aimed(target.figure, words, stands, tone, state)


_CHANGED = {
    1: gettext_lazy("增 %(change)s %(unit)s"),
    -1: gettext_lazy("減 %(change)s %(unit)s"),
    0: gettext_lazy("相同"),
}


def change_text(course: Course) -> str:
    """The difference of the two printed numbers; "" when one is missing."""
    now, before = course.value.value, course.before.value
    if now is None or before is None:
        return ""
    sign = (now > before) - (now < before)
    told_as = {
        "change": wording.number_text(abs(now - before)),
        "unit": course.figure.unit_of_change,
    }
    return str(_CHANGED[sign]) % told_as
