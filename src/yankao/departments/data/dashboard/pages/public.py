"""/dashboard/: the classes with their topics, and a topic's page. Everybody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.data.dashboard import queries
from yankao.departments.data.dashboard.pages.periods import chooser, period_in
from yankao.departments.data.dashboard.pages.told import (
    Aimed,
    Line,
    Told,
    aimed,
    all_told,
    bars,
    shares,
    tell,
)
from yankao.departments.data.dashboard.queries import Breakdown, Course, Group, ShownTopic
from yankao.departments.data.dashboard.workflow import Chart, Permission
from yankao.kernel.figures import charts, citymap, wording
from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.rules import Period
from yankao.kernel.figures.values import Value


@dataclass(frozen=True, slots=True)
class Card:
    """A topic on the board: the number of its first figure, and how it stands."""

    topic: ShownTopic
    number: Told | None
    target: Aimed | None


@public
@require_safe
def board(request: Request) -> HttpResponse:
    """Every class with its topics, each with one number."""
    period = period_in(request)
    groups = queries.groups()
    shown = cards(groups, period, request.now)
    context = {
        "groups": shown,
        "is_closed": are_closed([card.number for _group, found in shown for card in found]),
        "may_decide": request.actor.holds(Permission.DECIDE),
        "may_manage": request.actor.holds(Permission.INSIDE),
        "empty": [group for group in groups if not group.topics],
        **chooser(period, request.now),
    }
    return render(request, "data_dashboard/board.html", context)


def are_closed(numbers: Sequence[Told | None]) -> bool:
    """Whether there are numbers, and none of them will change any more."""
    told = [one for one in numbers if one is not None and one.number]
    return bool(told) and all(one.is_closed for one in told)


def cards(groups: list[Group], period: Period, at: datetime) -> list[tuple[Group, list[Card]]]:
    """Each class with the cards of its topics. One query for all numbers."""
    topics = [topic for group in groups for topic in group.topics]
    asked = [f for topic in topics for f in (*topic.figures[:1], *targets_of(topic))]
    found = queries.courses(asked, period, at=at)
    return [(group, [card(topic, found, at) for topic in group.topics]) for group in groups]


def targets_of(topic: ShownTopic) -> list[Figure]:
    """The figure the topic has a target for, if there is one."""
    return [topic.target.figure] if topic.target else []


def card(topic: ShownTopic, found: dict[str, Course], at: datetime) -> Card:
    """A topic's card out of what was found."""
    first = topic.figures[0] if topic.figures else None
    course = found.get(first.name) if first else None
    number = tell(course, at=at, comparison=topic.comparison) if course else None
    return Card(topic, number, target_of(topic, found))


@public
@require_safe
def topic(request: Request, topic_code: str) -> HttpResponse:
    """All numbers of a topic with their sentences, courses, agencies, districts and sources."""
    found = queries.topic_shown(topic_code)
    period = period_in(request)
    context = {
        "topic": found,
        **of_topic(found, period, request.now),
        **chooser(period, request.now),
    }
    return render(request, "data_dashboard/topic.html", context)


def of_topic(topic: ShownTopic, period: Period, at: datetime) -> dict[str, Any]:
    """What a topic's page shows, also of one that is not published yet. At most six queries."""
    found = queries.courses([*topic.figures, *targets_of(topic)], period, at=at)
    figures = all_told(
        found, topic.figures, period, at=at, chart=topic.chart, comparison=topic.comparison
    )
    parts = queries.breakdown(topic.figures, period, at=at)
    return {
        "figures": figures,
        "is_closed": are_closed(figures),
        "shares": shares(figures, period) if topic.chart is Chart.SHARE else None,
        "target": target_of(topic, found),
        "agencies": _agencies(parts, period),
        "guarded": [
            wording.choice_text(str(figure.title), wording.cells_note(figure))
            for figure in parts.guarded
        ],
        "map": _city_map(topic.map_figure, period, at),
    }


def target_of(topic: ShownTopic, found: dict[str, Course]) -> Aimed | None:
    """How the topic stands against its target; None without one."""
    if topic.target is None:
        return None
    course = found.get(topic.target.figure.name)
    return aimed(topic.target, course.value.value if course else None)


@dataclass(frozen=True, slots=True)
class Cell:
    """An agency's number, and the page of that very number."""

    title: Any
    text: str
    address: str


def _agencies(parts: Breakdown, period: Period) -> dict[str, Any] | None:
    if not parts.rows:
        return None
    first = parts.figures[0]
    caption = wording.breakdown_caption(first, period, _("機關"))
    marks = [
        charts.Mark(label, _height(values[0]), _number(values[0]))
        for _code, label, values in parts.rows
    ]
    return {
        "caption": caption,
        "svg": bars(marks, caption),
        "is_cut": len(marks) > charts.BARS_AT_MOST,
        "drawn": charts.BARS_AT_MOST,
        "figures": parts.figures,
        "rows": [
            (
                label,
                [
                    Cell(
                        figure.title,
                        cell_text(figure, value),
                        queries.figure_address(figure, period, agency=[code]),
                    )
                    for figure, value in zip(parts.figures, values, strict=True)
                ],
            )
            for code, label, values in parts.rows
        ],
    }


def _height(value: Value | None) -> float | None:
    return None if value is None or value.value is None else float(value.value)


def _number(value: Value | None) -> str:
    if value is None:
        return "—"
    return str(wording.WITHHELD_WORD) if value.is_withheld else wording.number_text(value.value)


def cell_text(figure: Figure, value: Value | None) -> str:
    """A number in a table; — where there is none."""
    if value is None or (value.value is None and not value.is_withheld):
        return "—"
    return wording.value_text(figure, value)


def _city_map(figure: Figure | None, period: Period, at: datetime) -> dict[str, Any] | None:
    """An amount by district, drawn and as a table; None without boundaries or such a figure."""
    drawing = citymap.city_map() if figure in queries.mappable() else None
    if figure is None or drawing is None or period.grain not in figure.grains:
        return None
    found = {code: int(n) for code, n in queries.districts(figure, period, at=at).items()}
    addresses = {
        area.code: queries.figure_address(figure, period, district=[area.code])
        for area in drawing.areas
    }
    texts = {
        area.code: wording.value_text(figure, Value(Decimal(found.get(area.code, 0))))
        for area in drawing.areas
    }
    unknown = sum(count for code, count in found.items() if code not in addresses)
    words = {area.code: wording.choice_text(area.name, texts[area.code]) for area in drawing.areas}
    return {
        "drawing": drawing,
        "areas": citymap.shaded(drawing, found, marks={}, words=words, addresses=addresses),
        "shades": citymap.shade_ranges(citymap.shade_step(max(found.values(), default=0))),
        "caption": wording.breakdown_caption(figure, period, _("行政區")),
        "lines": [
            Line(area.name, texts[area.code], "", 0, addresses[area.code])
            for area in sorted(drawing.areas, key=lambda a: (-found.get(a.code, 0), a.code))
        ],
        "unknown": wording.value_text(figure, Value(Decimal(unknown))) if unknown else "",
    }
