"""Between an obligation's snapshot of its term and the calendar's term."""

from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import Due, Line, LineKind, Pause, Term, Unit, day_in_taipei
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.obligations.promises import Befell
from yankao.kernel.obligations.rules import FIXED


def term_of(obligation: Obligation, more: int = 0) -> Term:
    """The term it was opened under, with what it was extended by, and ``more`` later on."""
    assert obligation.term_in_force_from is not None, "a counted obligation has a term"
    return Term(
        key=obligation.term_key,
        title=obligation.term_title,
        unit=Unit(obligation.term_unit),
        amount=obligation.term_amount + obligation.extended_by + more,
        citation=obligation.term_citation,
        certainty=obligation.term_certainty,
        in_force_from=obligation.term_in_force_from,
    )


def due_of(obligation: Obligation, befell: Befell, calendar: Calendar) -> Due:
    """When it is due as the calendar stands now; a pause still running does not count yet."""
    if obligation.term_unit == FIXED:
        return _fixed(obligation)
    ended = [Pause(p.from_at, p.until_at) for p in befell.pauses if p.until_at is not None]
    return calendar.due(
        term=term_of(obligation, befell.extended_by),
        start=obligation.opened_at,
        district=obligation.district_id,
        pauses=ended,
    )


def _fixed(obligation: Obligation) -> Due:
    """A named due time explains itself; it is shown under a term of no length."""
    day = day_in_taipei(obligation.due_at)
    term = Term(
        key="",
        title=obligation.term_title,
        unit=Unit.HOURS,
        amount=0,
        citation=obligation.term_citation,
        certainty=obligation.term_certainty or "?",
        in_force_from=day_in_taipei(obligation.opened_at),
    )
    return Due(obligation.due_at, (Line(LineKind.LAST_DAY, day, until_at=obligation.due_at),), term)
