"""The JSON face of the dashboard: what everybody may read, each number with its own address."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router, Schema

from yankao.base.api import our
from yankao.base.routes import public
from yankao.departments.data.dashboard import queries
from yankao.departments.data.dashboard.queries import Course, ShownTopic
from yankao.kernel.doors import faces as doors
from yankao.kernel.figures.rules import Grain, Period, parse_period, period_at
from yankao.kernel.figures.values import Value

router = Router(tags=["市政儀表板"])
DOOR = "data.dashboard.api"


class NumberOut(Schema):
    """A number as printed (``value``, as text so that its digits stay) and where it comes from.

    Without a value there is none (無資料); ``withheld``: it is not public.
    """

    figure: str
    version: int
    title: str
    unit: str
    period: str
    value: str | None
    numerator: str | None
    denominator: str | None
    withheld: bool
    is_open: bool
    address: str


class AgencyOut(Schema):
    """An agency's numbers."""

    agency: str
    name: str
    numbers: list[NumberOut]


class TopicOut(Schema):
    """A topic; ``missing`` are figures nobody declares any more."""

    code: str
    topic_class: str
    title: str
    note: str
    agency: str
    version: int | None
    figures: list[str]
    missing: list[str]
    chart: str
    target_figure: str | None
    target_value: str | None
    target_source: str | None
    address: str


class ClassOut(Schema):
    """A class of topics; there may be none."""

    code: str
    name: str
    topics: list[TopicOut]


class NumbersOut(Schema):
    """A topic's numbers up to a period: each figure's course; the agencies, worst first."""

    topic: TopicOut
    period: str
    counted_at: datetime
    series: list[list[NumberOut]]
    agencies: list[AgencyOut]


@router.get("/topics", response=list[ClassOut], summary="儀表板的類別與主題")
@public
def list_topics(request: HttpRequest) -> Any:
    """Every class with its published topics."""
    doors.admit(our(request), door=DOOR)
    return [
        ClassOut(code=one.code, name=one.name, topics=[_topic(topic) for topic in one.topics])
        for one in queries.groups()
    ]


@router.get("/topics/{topic_code}", response=NumbersOut, summary="一個主題的數字")
@public
def show_topic(
    request: HttpRequest, topic_code: str, period: Annotated[str, Query(max_length=20)] = ""
) -> Any:
    """Month, quarter, half or year (2018-09, 2018-Q3, 2018-H2, 2018); without it this month.

    Refusals: dashboard.unknown, figures.period_invalid.
    """
    ours = our(request)
    doors.admit(ours, door=DOOR)
    topic = queries.topic_shown(topic_code)
    wanted = parse_period(period) if period else period_at(Grain.MONTH, ours.now)
    found = queries.courses(topic.figures, wanted, at=ours.now)
    parts = queries.breakdown(topic.figures, wanted, at=ours.now)
    return NumbersOut(
        topic=_topic(topic),
        period=wanted.code,
        counted_at=ours.now,
        series=[_series(found[figure.name]) for figure in topic.figures if figure.name in found],
        agencies=[
            AgencyOut(
                agency=code,
                name=label,
                numbers=[
                    _number(figure, wanted, value, ours.now, agency=[code])
                    for figure, value in zip(parts.figures, values, strict=True)
                    if value is not None
                ],
            )
            for code, label, values in parts.rows
        ],
    )


def _series(course: Course) -> list[NumberOut]:
    return [
        NumberOut(**_said(course.figure, point.period, point.value), is_open=point.is_open)
        for point in course.points
    ]


def _number(
    figure: Any, period: Period, value: Value, at: datetime, **filters: list[str]
) -> NumberOut:
    return NumberOut(**_said(figure, period, value, **filters), is_open=period.is_open(at))


def _said(figure: Any, period: Period, value: Value, **filters: list[str]) -> dict[str, Any]:
    return {
        "figure": figure.name,
        "version": figure.version,
        "title": str(figure.title),
        "unit": str(figure.unit),
        "period": period.code,
        "value": _text(value.value),
        "numerator": _text(value.numerator),
        "denominator": _text(value.denominator),
        "withheld": value.is_withheld,
        "address": queries.figure_address(figure, period, **filters),
    }


def _text(number: Decimal | int | None) -> str | None:
    return None if number is None else str(number)


def _topic(topic: ShownTopic) -> TopicOut:
    target = topic.target
    return TopicOut(
        code=topic.code,
        topic_class=topic.class_code,
        title=topic.title,
        note=topic.note,
        agency=topic.agency,
        version=topic.version,
        figures=[figure.name for figure in topic.figures],
        missing=list(topic.missing),
        chart=str(topic.chart),
        target_figure=target.figure.name if target else None,
        target_value=f"{target.value.normalize():f}" if target else None,
        target_source=target.source if target else None,
        address=reverse("data_dashboard:topic", args=[topic.code]),
    )
