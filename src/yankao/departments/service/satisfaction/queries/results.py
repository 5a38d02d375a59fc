"""What came out, by agency: counts of levels, missing apart, with what is too small withheld."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Count, Q, QuerySet

from yankao.base.actors import Actor
from yankao.departments.service.satisfaction import rules
from yankao.departments.service.satisfaction.models import Invitation, Response
from yankao.departments.service.satisfaction.queries.surveys import small_cell
from yankao.departments.service.satisfaction.rules import Tally
from yankao.departments.service.satisfaction.workflow import ENDED_MISSING, Permission
from yankao.kernel.figures.rules import withheld

Asked = TypeVar("Asked", Response, Invitation)


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One agency (or all together). ``tally`` is None where too few answered to be shown."""

    agency: str
    name: str
    tally: Tally | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Results:
    """Every agency the actor may see, in their order, and all of these together.

    ``missing`` tells how answers are missing: refused, not reached, expired, no opinion.
    """

    rows: Sequence[ResultRow]
    total: ResultRow | None
    missing: Mapping[str, int]
    least: int


def results_for(actor: Actor, *, survey: str, since: date, until: date) -> Results:
    """The results of the days from ``since`` to ``until`` (both count).

    An answer counts on the day it was given, a missing one on the day it was given up. Invitations
    still open count nowhere. An actor sees only agencies where it holds results.
    """
    tallies, names = _tallies(actor, survey, since, until)
    codes = sorted(tallies, key=lambda code: names[code])
    least = small_cell()
    hidden = withheld([tallies[code].valid for code in codes], least=least)
    rows = [
        _row(code, names[code], tallies[code], is_hidden=place in hidden)
        for place, code in enumerate(codes)
    ]
    total = Tally()
    for tally in tallies.values():
        total = total.plus(tally)
    together = _row("", "", total, is_hidden=0 < total.valid < least) if codes else None
    return Results(rows, together, _missing(actor, survey, since, until), least)


def words_for(actor: Actor, *, survey: str = "") -> QuerySet[Response]:
    """Answers in words, for who handles the agency's matters and the commission; newest first."""
    rows = _held(Response.objects.filter(has_words=True), actor, Permission.WORDS)
    if survey:
        rows = rows.filter(version__survey=survey)
    return rows.select_related("agency", "sheet", "version__form_version").order_by(
        "-answered_on", "sheet__id"
    )


def _row(code: str, name: str, tally: Tally, *, is_hidden: bool) -> ResultRow:
    if is_hidden:
        return ResultRow(code, name, None, None)
    return ResultRow(code, name, tally, rules.wilson(tally.satisfied, tally.valid))


def _tallies(
    actor: Actor, survey: str, since: date, until: date
) -> tuple[dict[str, Tally], dict[str, str]]:
    names: dict[str, str] = {}
    tallies: dict[str, Tally] = {}
    for code, name, *levels, none in _answered(actor, survey, since, until):
        one, two, three, four, five = levels
        names[code] = name
        tallies[code] = Tally((one, two, three, four, five), none)
    given_up = _given_up(actor, survey, since, until).values_list("agency", "agency__name")
    for code, name, count in given_up.annotate(count=Count("pk")):
        names[code] = name
        tallies[code] = tallies.get(code, Tally()).plus(Tally(missing=count))
    return tallies, names


def _answered(
    actor: Actor, survey: str, since: date, until: date
) -> QuerySet[Response, tuple[str, str, int, int, int, int, int, int]]:
    rows = _of(_held(Response.objects.all(), actor), survey)
    counts = {f"level_{n}": Count("pk", filter=Q(level=n)) for n in rules.LEVELS}
    counted = (
        rows.filter(answered_on__gte=since, answered_on__lte=until)
        .values("agency", "agency__name")
        .annotate(**counts, none=Count("pk", filter=Q(level__isnull=True)))
    )
    return counted.values_list("agency", "agency__name", *counts, "none")


def _given_up(actor: Actor, survey: str, since: date, until: date) -> QuerySet[Invitation]:
    rows = _of(_held(Invitation.objects.filter(state__in=ENDED_MISSING), actor), survey)
    return rows.filter(ended_on__gte=since, ended_on__lte=until)


def _missing(actor: Actor, survey: str, since: date, until: date) -> dict[str, int]:
    """How many are missing, by how."""
    rows = _given_up(actor, survey, since, until).values_list("state")
    found = dict(rows.annotate(count=Count("pk")))
    silent = _of(_held(Response.objects.filter(level__isnull=True), actor), survey)
    silent = silent.filter(answered_on__gte=since, answered_on__lte=until)
    return {**{state: found.get(state, 0) for state in ENDED_MISSING}, "none": silent.count()}


def _of(rows: QuerySet[Asked], survey: str) -> QuerySet[Asked]:
    return rows.filter(version__survey=survey) if survey else rows


def _held(
    rows: QuerySet[Asked], actor: Actor, permission: str = Permission.RESULTS
) -> QuerySet[Asked]:
    agencies = actor.agencies_for(permission)
    return rows if agencies is None else rows.filter(agency__in=sorted(agencies))
