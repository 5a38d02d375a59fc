"""What came out, by agency: the figure of levels, missing apart, what is too small withheld."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from django.db.models import QuerySet

from yankao.base.actors import Actor
from yankao.departments.service.satisfaction import rules
from yankao.departments.service.satisfaction.models import Response
from yankao.departments.service.satisfaction.queries.surveys import small_cell
from yankao.departments.service.satisfaction.rules import Tally
from yankao.departments.service.satisfaction.workflow import ENDED_MISSING, Permission
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.rules import Bounds, Grain, Period, withheld
from yankao.kernel.people import queries as people

WHY_MISSING = (*ENDED_MISSING, "none")
Counted = Mapping[tuple[str, str], int]
"""(agency, level or why there is none) → how many."""


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
    ``is_closed``: of closed months; the numbers will not change any more.
    """

    rows: Sequence[ResultRow]
    total: ResultRow | None
    missing: Mapping[str, int]
    least: int
    is_closed: bool


def results_for(actor: Actor, *, survey: str, since: date, until: date) -> Results:
    """The results of the days from ``since`` to ``until`` (both count).

    An answer counts on the day it was given, a missing one on the day it was given up. Invitations
    still open count nowhere. An actor sees only agencies where it holds results. The figure of
    levels is asked, and the names of agencies: at most three queries.
    """
    counted, is_closed = _counted(actor, survey, since, until)
    names = {one.code: one.name for one in people.agencies()}
    tallies = {agency: _tally(agency, counted) for agency, _answer in counted}
    codes = sorted(tallies, key=lambda code: names.get(code, code))
    least = small_cell()
    hidden = withheld([tallies[code].valid for code in codes], least=least)
    rows = [
        _row(code, names.get(code, code), tallies[code], is_hidden=place in hidden)
        for place, code in enumerate(codes)
    ]
    total = Tally()
    for tally in tallies.values():
        total = total.plus(tally)
    together = _row("", "", total, is_hidden=0 < total.valid < least) if codes else None
    missing = {why: sum(n for (_a, said), n in counted.items() if said == why)
               for why in WHY_MISSING}  # fmt: skip
    return Results(rows, together, missing, least, is_closed)


def words_for(actor: Actor, *, survey: str = "") -> QuerySet[Response]:
    """Answers in words, for who handles the agency's matters and the commission; newest first."""
    rows = Response.objects.filter(has_words=True)
    agencies = actor.agencies_for(Permission.WORDS)
    if agencies is not None:
        rows = rows.filter(agency__in=sorted(agencies))
    if survey:
        rows = rows.filter(version__survey=survey)
    return rows.select_related("agency", "sheet", "version__form_version").order_by(
        "-answered_on", "sheet__id"
    )


def _row(code: str, name: str, tally: Tally, *, is_hidden: bool) -> ResultRow:
    if is_hidden:
        return ResultRow(code, name, None, None)
    return ResultRow(code, name, tally, rules.wilson(tally.satisfied, tally.valid))


def _tally(agency: str, counted: Counted) -> Tally:
    one, two, three, four, five = (counted.get((agency, str(n)), 0) for n in rules.LEVELS)
    missing = sum(counted.get((agency, why), 0) for why in WHY_MISSING)
    return Tally((one, two, three, four, five), missing)


def _counted(actor: Actor, survey: str, since: date, until: date) -> tuple[Counted, bool]:
    """What was answered where the actor holds results, and whether it is closed."""
    first, last = Period(Grain.DAY, since), Period(Grain.DAY, until)
    stretch = first, Bounds(first.bounds.start, last.bounds.end)
    by = ("agency", "survey", "answer")
    [[cells]] = measured.cells_over([(_by_agency(), [stretch])], by=by)
    held = actor.agencies_for(Permission.RESULTS)
    counted: dict[tuple[str, str], int] = {}
    for (agency, of, answer), value in cells.items():
        if (held is None or agency in held) and survey in ("", of):
            counted[agency, answer] = counted.get((agency, answer), 0) + int(value.value or 0)
    return counted, bool(counted) and all(value.closed for value in cells.values())


@cache
def _by_agency() -> Figure:
    """The figure by agency too: that is not everybody's, so it is not offered."""
    figure = measured.figure_named("service.satisfaction.levels")
    return replace(figure, dimensions=("agency", *figure.dimensions))
