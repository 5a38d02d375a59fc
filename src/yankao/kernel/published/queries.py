"""Every read of published numbers: all series, one series, those that are a figure of ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from yankao.base import registry
from yankao.base.errors import NotVisible
from yankao.kernel.published.models import Number, Report, Series
from yankao.kernel.published.rules import Basis, Length, Mark, length_of


class SeriesUnknown(NotVisible):
    """No series of that code."""


@dataclass(frozen=True, slots=True)
class ReportView:
    """A document that printed numbers."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class NumberView:
    """A number as printed: 33.10 keeps its nought. ``break_before`` "" = goes on from before."""

    value: Decimal
    unit: str
    period_start: date
    period_end: date
    basis: Basis
    mark: Mark
    mark_word: str
    report: ReportView
    section: str
    note: str
    break_before: str
    edition: int
    recorded_at: datetime
    replaced_at: datetime | None

    @property
    def length(self) -> Length:
        """How long the period is; numbers of different length are not compared."""
        return length_of(self.period_start, self.period_end)


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A measure with its numbers in force, oldest first, and the editions that were replaced."""

    code: str
    title: str
    topic: str
    figure: str
    filters: Mapping[str, str]
    note: str
    numbers: tuple[NumberView, ...]
    replaced: tuple[NumberView, ...] = ()

    @property
    def lengths(self) -> tuple[Length, ...]:
        """The lengths of its periods, each once."""
        return tuple(dict.fromkeys(number.length for number in self.numbers))


def reports() -> list[ReportView]:
    """All reports by code. One query."""
    return [ReportView(one.code, one.title) for one in Report.objects.order_by("code")]


def all_series(*, words: str = "", report: str = "") -> list[SeriesView]:
    """Series with numbers in force by topic, in the pack's order; of words, a report. 2 queries.

    Of a report: the series it printed, with only its numbers.
    """
    numbers = Number.objects.filter(replaced_at__isnull=True)
    if report:
        numbers = numbers.filter(report=report)
    found = _views(Series.objects.order_by("place", "code"), numbers)
    wanted = words.casefold().split()
    shown = [one for one in found if one.numbers and _has(one, wanted)]
    topics = list(dict.fromkeys(one.topic for one in shown))
    return sorted(shown, key=lambda one: topics.index(one.topic))


def series_named(code: str) -> SeriesView:
    """One series with every edition. Raises SeriesUnknown. 2 queries."""
    for one in _views(Series.objects.filter(code=code), Number.objects.all()):
        return one
    message = _("沒有「%(code)s」這個公布的數列。全部列在 /published/ 與 /api/published/。")
    raise SeriesUnknown("published.series_unknown", message % {"code": code[:80]})


def series_of_figure(figure: str) -> list[SeriesView]:
    """The series that are the same measure as our figure, with filters if only a part. One query.

    Those without a number in force are left out.
    """
    rows = Number.objects.filter(replaced_at__isnull=True, series__figure=figure)
    found = rows.select_related("series", "report").order_by(
        "series__place", "series__code", *_IN_ORDER
    )
    return [_view(series, list(of)) for series, of in groupby(found, key=lambda one: one.series)]


_IN_ORDER = ("period_start", "period_end", "report", "edition")


def _views(series: QuerySet[Series], numbers: QuerySet[Number]) -> list[SeriesView]:
    rows = numbers.select_related("report").order_by(*_IN_ORDER)
    found = series.prefetch_related(Prefetch("numbers", rows))
    return [_view(one, one.numbers.all()) for one in found]


def _view(row: Series, rows: Iterable[Number]) -> SeriesView:
    numbers = [_number(one) for one in rows]
    return SeriesView(
        row.code,
        row.title,
        row.topic or _topic_of(row.code),
        row.figure,
        dict(row.filters),
        row.note,
        tuple(one for one in numbers if one.replaced_at is None),
        tuple(one for one in numbers if one.replaced_at is not None),
    )


def _number(row: Number) -> NumberView:
    return NumberView(
        row.printed,
        row.unit,
        row.period_start,
        row.period_end,
        Basis(row.basis),
        Mark(row.mark),
        row.mark_word,
        ReportView(row.report.code, row.report.title),
        row.section,
        row.note,
        row.break_before,
        row.edition,
        row.recorded_at,
        row.replaced_at,
    )


def _topic_of(code: str) -> str:
    """Of a series nobody put anywhere: the system of that name, or the beginning of its code."""
    name = ".".join(code.split(".")[:2])
    return next((str(s.title) for s in registry.systems() if s.name == name), name)


def _has(one: SeriesView, words: Sequence[str]) -> bool:
    text = f"{one.code} {one.title} {one.topic}".casefold()
    return all(word in text for word in words)
