"""/api/calendar: working days, terms and due times as JSON; open to everybody."""

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime

from yankao.base.routes import public
from yankao.kernel.calendar import queries, rules, words
from yankao.kernel.calendar.rules import Day, Term

router = Router(tags=["calendar"])


class TermOut(Schema):
    """A dated rule. ``certainty``: L law, S secondary, K the city's practice, ? demo value."""

    key: str
    title: str
    unit: str
    amount: int
    citation: str
    certainty: str
    in_force_from: date
    in_force_to: date | None


class LineOut(Schema):
    """One step of a count."""

    on: date
    kind: str
    counted: bool
    text: str
    citation: str


class DueOut(Schema):
    """The last permitted instant, inclusive, and how it was found."""

    due_at: datetime
    term: TermOut
    lines: list[LineOut]


class DayOut(Schema):
    """A day of a district's offices."""

    on: date
    works: bool
    kind: str
    name: str
    citation: str


class StopWorkOut(Schema):
    """A stop-work declaration; no districts = the whole city."""

    id: int
    on: date
    reason: str
    citation: str
    districts: list[str]
    declared_at: datetime
    revoked_at: datetime | None


@router.get("/due", response=DueOut, summary="某時收到的案件何時到期")
@public
def due(
    request: HttpRequest, term: str, start: AwareDatetime, district: str | None = None
) -> DueOut:
    """``start`` carries its offset, e.g. 2026-02-11T09:00:00+08:00; ``district`` is a code."""
    rule = queries.term_in_force(term, rules.day_in_taipei(start))
    found = queries.due(term=rule, start=start, district=district)
    steps = words.steps(found)
    lines = [
        LineOut(
            on=line.on, kind=line.kind, counted=step.counted, text=step.text, citation=step.citation
        )
        for line, step in zip(found.lines, steps, strict=True)
    ]
    return DueOut(due_at=found.at, term=_term(rule), lines=lines)


@router.get("/working-days", response=list[DayOut], summary="期間內每一天是否上班")
@public
def working_days(
    request: HttpRequest,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
    district: str | None = None,
) -> list[DayOut]:
    """Both ends included, at most 400 days."""
    days = queries.days_between(first=first, last=last, district=district)
    return [_day(day) for day in days]


@router.get("/terms", response=list[TermOut], summary="期限規則")
@public
def terms(request: HttpRequest, on: date | None = None) -> list[TermOut]:
    """Every dated rule, or with ``on`` those in force that day."""
    found = queries.all_terms() if on is None else queries.terms_in_force(on)
    return [_term(term) for term in found]


@router.get("/stop-work", response=list[StopWorkOut], summary="停班日")
@public
def stop_work(
    request: HttpRequest, year: Annotated[int, Query(ge=1998, le=2099)], district: str | None = None
) -> list[StopWorkOut]:
    """The year's declarations, revoked ones too."""
    return [
        StopWorkOut(
            id=view.id,
            on=view.on,
            reason=view.reason,
            citation=view.citation,
            districts=[code for code, _name in view.districts],
            declared_at=view.declared_at,
            revoked_at=view.revoked_at,
        )
        for view in queries.stop_work_days(year=year, district=district)
    ]


def _term(term: Term) -> TermOut:
    return TermOut(
        key=term.key,
        title=term.title,
        unit=term.unit,
        amount=term.amount,
        citation=term.citation,
        certainty=term.certainty,
        in_force_from=term.in_force_from,
        in_force_to=term.in_force_to,
    )


def _day(day: Day) -> DayOut:
    return DayOut(on=day.on, works=day.works, kind=day.kind, name=day.name, citation=day.citation)
