"""/dashboard/wall/: one topic after the other on a large screen. The server turns the page."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.data.dashboard import queries
from yankao.departments.data.dashboard.pages.public import cell_text
from yankao.departments.data.dashboard.pages.told import all_told
from yankao.departments.data.dashboard.queries import ShownTopic
from yankao.departments.data.dashboard.workflow import Chart
from yankao.kernel.figures.rules import Grain, period_at

SECONDS = 20
NUMBERS_SHOWN = 4
AGENCIES_SHOWN = 7
TOPICS_AT_MOST = 50


@public
@require_safe
def wall(request: Request) -> HttpResponse:
    """A topic of those chosen (``topic=`` as often as wished; without, all) and the way on.

    The address says which (``slide``), so a screen that was switched off goes on where it was;
    ``hold=1`` stays with it. Nothing moves: a slide replaces the other.
    """
    topics = _chosen(request)
    place = _place(request, len(topics))
    context: dict[str, Any] = {"at": request.now, "seconds": SECONDS, "count": len(topics)}
    if topics:
        context |= _slide(topics[place], request)
        is_held = "hold" in request.GET
        context |= {
            "number": place + 1,
            "is_held": is_held,
            "next": _address(request, place if is_held else (place + 1) % len(topics), is_held),
            "other": _address(request, place, not is_held),
        }
    return render(request, "data_dashboard/wall.html", context)


def _slide(topic: ShownTopic, request: Request) -> dict[str, Any]:
    """The topic's numbers of this month and its worst agencies. Four queries."""
    at = request.now
    period = period_at(Grain.MONTH, at)
    figures = topic.figures[:NUMBERS_SHOWN]
    found = queries.courses(figures, period, at=at)
    chart = Chart.LINE if topic.chart in (Chart.SHARE, Chart.NUMBER) else topic.chart
    told = all_told(found, figures, period, at=at, chart=chart, comparison=topic.comparison)
    parts = queries.breakdown(figures[:1], period, at=at, is_short=True)
    return {
        "topic": topic,
        "period": period,
        "figures": told,
        "drawn": told[0] if told else None,
        "agencies": [
            (label, cell_text(parts.figures[0], values[0]))
            for _code, label, values in parts.rows[:AGENCIES_SHOWN]
        ],
    }


def _chosen(request: Request) -> list[ShownTopic]:
    topics = [topic for group in queries.groups() for topic in group.topics]
    wanted = set(request.GET.getlist("topic")[:TOPICS_AT_MOST])
    return [topic for topic in topics if topic.code in wanted] or topics


def _place(request: Request, count: int) -> int:
    text = request.GET.get("slide", "")
    return int(text) % max(count, 1) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _address(request: Request, place: int, is_held: bool) -> str:
    asked: list[tuple[str, str]] = [
        ("topic", code) for code in request.GET.getlist("topic")[:TOPICS_AT_MOST]
    ]
    asked.append(("slide", str(place)))
    return f"{reverse('data_dashboard:wall')}?{urlencode([*asked, *[('hold', '1')] * is_held])}"


@public
@require_safe
def choose(request: Request) -> HttpResponse:
    """Which topics the wall shows; the choice is the address."""
    return render(request, "data_dashboard/choose.html", {"groups": queries.groups()})
