"""/dashboard/decide/: targets and values, what changed, who is worst; for who decides."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.departments.data.dashboard import queries, rules
from yankao.departments.data.dashboard.pages.periods import chooser, period_in
from yankao.departments.data.dashboard.pages.public import (
    Cell,
    are_closed,
    cell_text,
    target_of,
    targets_of,
)
from yankao.departments.data.dashboard.pages.told import Aimed, Told, change_text, tell
from yankao.departments.data.dashboard.queries import Breakdown, Course, ShownTopic
from yankao.departments.data.dashboard.workflow import Permission
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures import wording
from yankao.kernel.figures.declarations import Direction, Figure, Median
from yankao.kernel.figures.rules import Period
from yankao.kernel.figures.values import Value

SENTENCES = 6
AGENCIES_SHOWN = 12
COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A topic's figure: number, target, course, change, and the reader's own agency beside it."""

    topic: ShownTopic
    told: Told
    target: Aimed | None
    change: str
    own: Cell | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something that changed, and the page that shows it."""

    words: str
    address: str


@requires(Permission.DECIDE)
@require_safe
def decide(request: Request) -> HttpResponse:
    """One screen: what misses its target first, what changed most, which agencies are worst."""
    period, at = period_in(request), request.now
    topics = [topic for group in queries.groups() for topic in group.topics]
    aims = {t.code: (targets_of(t) or t.figures[:1]) for t in topics if t.figures}
    first = list({f.name: f for found in aims.values() for f in found}.values())
    named = {figure.name for figure in first}
    others = {f.name: f for t in topics for f in t.figures if f.name not in named}
    found = queries.courses(first, period, at=at, short=list(others.values()))
    parts = queries.breakdown(_by_agency(first), period, at=at, is_short=True)
    own = request.actor.agencies_for(Permission.DECIDE)
    rows = [
        _row(topic, found[figure.name], parts, own, at)
        for topic in topics
        for figure in aims.get(topic.code, ())
        if figure.name in found
    ]
    context = {
        "rows": sorted(rows, key=_missed_first),
        "is_head": own is not None,
        "is_closed": are_closed([row.told for row in rows]),
        "changes": _changes(list(found.values()), at),
        "agencies": _agencies(parts, topics, period, own or ()),
        "shown": AGENCIES_SHOWN,
        **chooser(period, at),
    }
    return render(request, "data_dashboard/decide.html", context)


def _by_agency(figures: Sequence[Figure]) -> list[Figure]:
    """Those with a better and a worse that anybody may see by agency."""
    plain = [f for f in figures if f.direction is not Direction.NEUTRAL and f.small_cells is None]
    having = [figure for figure in plain if queries.AGENCY in figure.dimensions]
    return sorted(having, key=lambda figure: not figure.name.startswith("data."))[:COLUMNS]


def _row(
    topic: ShownTopic, course: Course, parts: Breakdown, own: Collection[str] | None, at: datetime
) -> Row:
    return Row(
        topic=topic,
        told=tell(course, at=at),
        target=target_of(topic, {course.figure.name: course}),
        change=change_text(course),
        own=_own(course, parts, own),
    )


def _own(course: Course, parts: Breakdown, own: Collection[str] | None) -> Cell | None:
    """The reader's agencies together; None where the figure is not told by agency."""
    figure = course.figure
    if not own or figure not in parts.figures or isinstance(figure.measure, Median):
        return None
    place = parts.figures.index(figure)
    values = {row[0]: row[2][place] for row in parts.rows if row[0] in own}
    value = measured.total_of(figure, [value for value in values.values() if value is not None])
    address = queries.figure_address(figure, course.period, agency=sorted(values or own))
    return Cell(figure.title, cell_text(figure, value), address)


def _missed_first(row: Row) -> int:
    order = {rules.Reached.NO: 0, rules.Reached.YES: 1, rules.Reached.UNKNOWN: 2}
    return order[row.target.reached] if row.target else 3


def _changes(courses: Sequence[Course], at: datetime) -> list[Sentence]:
    """The largest changes against as long a stretch of the period before, largest first."""
    told = [course for course in courses if _matters(course)]
    told.sort(key=lambda c: -rules.relative_change(c.before.value, c.value.value))
    return [
        Sentence(
            wording.headline(c.figure, c.period, c.value, c.before, as_of=at),
            queries.figure_address(c.figure, c.period),
        )
        for c in told[:SENTENCES]
    ]


def _matters(course: Course) -> bool:
    counted = (_size(course.before), _size(course.value))
    return rules.matters(course.before.value, course.value.value, counted=counted)


def _size(value: Value) -> int:
    """How many records a number stands on: below the line of a share, else all."""
    return value.records if value.denominator is None else int(value.denominator)


def _agencies(
    parts: Breakdown, topics: Sequence[ShownTopic], period: Period, own: Collection[str]
) -> dict[str, Any]:
    """Worst first by the first figure; the reader's own stands always among them."""
    targets = {t.target.figure.name: t.target for t in topics if t.target}
    shown = [row for n, row in enumerate(parts.rows) if n < AGENCIES_SHOWN or row[0] in own]
    return {
        "figures": parts.figures,
        "is_cut": len(shown) < len(parts.rows),
        "rows": [
            {
                "label": label,
                "is_own": code in own,
                "cells": [
                    {
                        "cell": Cell(
                            figure.title,
                            cell_text(figure, value),
                            queries.figure_address(figure, period, agency=[code]),
                        ),
                        "is_late": _misses(targets.get(figure.name), value),
                    }
                    for figure, value in zip(parts.figures, values, strict=True)
                ],
            }
            for code, label, values in shown
        ],
    }


def _misses(target: Any, value: Value | None) -> bool:
    if target is None or value is None:
        return False
    is_lower_better = target.figure.direction is Direction.LOWER
    stands = rules.reached(value.value, target.value, is_lower_better=is_lower_better)
    return stands is rules.Reached.NO
