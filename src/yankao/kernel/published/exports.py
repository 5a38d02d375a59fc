"""Published numbers as rows: what the downloads hold, and what may be imported again."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import translation

from yankao.base import formats
from yankao.base.local_names import local
from yankao.kernel.published.queries import NumberView, SeriesView

HEAD = (
    "code", "title_zh", "value", "unit", "period_start", "period_end", "basis", "report",
    "report_title", "section", "mark", "mark_word", "note", "break", "figure", "edition",
    "recorded_at", "replaced_at",
)  # fmt: skip


def sheet_rows(series: Iterable[SeriesView]) -> list[Sequence[Any]]:
    """One row a number in the order of HEAD; editions that were replaced come last."""
    return [_row(one, number) for one in series for number in (*one.numbers, *one.replaced)]


def _row(series: SeriesView, number: NumberView) -> Sequence[Any]:
    return (
        series.code, series.title, number.value, number.unit, number.period_start,
        number.period_end, number.basis.value, number.report.code, number.report.title,
        number.section, number.mark.value, number.mark_word, number.note, number.break_before,
        series.figure, number.edition, number.recorded_at, number.replaced_at,
    )  # fmt: skip


def json_series(series: SeriesView) -> dict[str, Any]:
    """A series with its numbers; ``printed`` keeps the digits of the report."""
    return {
        "code": series.code,
        "title": series.title,
        "title_en": _english(series.title),
        "topic": series.topic,
        "figure": series.figure or None,
        "filters": dict(series.filters),
        "note": series.note,
        "numbers": [_json_number(number) for number in series.numbers],
        "replaced": [_json_number(number) for number in series.replaced],
    }


def _json_number(number: NumberView) -> dict[str, Any]:
    whole = number.value == number.value.to_integral_value()
    return {
        "value": int(number.value) if whole else float(number.value),
        "printed": str(number.value),
        "unit": number.unit,
        "from": number.period_start.isoformat(),
        "to": number.period_end.isoformat(),
        "length": number.length.value,
        "basis": number.basis.value,
        "mark": number.mark.value or None,
        "mark_word": number.mark_word,
        "report": {"code": number.report.code, "title": number.report.title},
        "section": number.section,
        "note": number.note,
        "break_before": number.break_before,
        "edition": number.edition,
        "recorded_at": formats.local(number.recorded_at).isoformat(timespec="seconds"),
        "replaced_at": number.replaced_at
        and formats.local(number.replaced_at).isoformat(timespec="seconds"),
    }


def _english(title: str) -> str:
    with translation.override("en"):
        english = str(local(title))
    return "" if english == title else english
