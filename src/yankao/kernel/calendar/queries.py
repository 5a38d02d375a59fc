"""Reading the calendar: terms in force, days of a district, and when something is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from yankao.base.errors import Invalid, NotVisible
from yankao.base.prepared import Asked, Prepared
from yankao.kernel.calendar import rules
from yankao.kernel.calendar.models import DayException, StopWork, TermRule
from yankao.kernel.calendar.national_days import national_day
from yankao.kernel.calendar.rules import Day, DayKind, Days, Due, OffDay, Pause, Term, Unit

LONGEST_LISTING_DAYS = 400


class TermUnknown(NotVisible):
    """No term of that key is in force on that day."""


class StopWorkUnknown(NotVisible):
    """There is no stop-work declaration of that number."""


class ListingTooLong(Invalid):
    """More days were asked for at once than are given."""


@dataclass(frozen=True, slots=True)
class StopWorkView:
    """A stop-work declaration; ``districts`` are (code, name), empty = the whole city."""

    id: int
    on: date
    reason: str
    citation: str
    districts: tuple[tuple[str, str], ...]
    declared_at: datetime
    declared_by_name: str
    revoked_at: datetime | None
    revoked_by_name: str
    revoke_reason: str


def term_in_force(key: str, on: date) -> Term:
    """The term of that key in force on the day. Raises TermUnknown."""
    for row in _rules(key=key):
        if row.in_force_from <= on and (row.in_force_to is None or on <= row.in_force_to):
            return _term(row)
    message = _("%(day)s 沒有生效中的期限規則「%(key)s」。") % {"day": on, "key": key}
    raise TermUnknown("calendar.term_unknown", message, "term")


@Prepared
def _rules() -> QuerySet[TermRule]:
    return TermRule.objects.filter(key=Asked("key"))


def terms_in_force(on: date) -> list[Term]:
    """Every term in force on the day, by key."""
    return [_term(row) for row in _in_force(on)]


def all_terms() -> list[Term]:
    """Every term ever in force, by key and day; the history of the rules."""
    return [_term(row) for row in TermRule.objects.all()]


def _in_force(on: date) -> QuerySet[TermRule]:
    current = Q(in_force_from__lte=on) & (Q(in_force_to=None) | Q(in_force_to__gte=on))
    return TermRule.objects.filter(current)


def _term(row: TermRule) -> Term:
    return Term(
        key=row.key,
        title=row.title,
        unit=Unit(row.unit),
        amount=row.amount,
        citation=row.citation,
        certainty=row.certainty,
        in_force_from=row.in_force_from,
        in_force_to=row.in_force_to,
    )


class Calendar:
    """The city's days off as they are declared now, read once; for counting many at a time."""

    @cached_property
    def _deviations(self) -> list[OffDay]:
        return _declared()

    @cached_property
    def _by_district(self) -> dict[str | None, Days]:
        return {}

    def days_for(self, district: str | None) -> Days:
        """The calendar of one district (its code); None = what holds for the whole city."""
        if district not in self._by_district:
            self._by_district[district] = rules.overlay(national_day, self._deviations, district)
        return self._by_district[district]

    def due(
        self,
        *,
        term: Term,
        start: datetime,
        district: str | None = None,
        pauses: Sequence[Pause] = (),
    ) -> Due:
        """As ``queries.due``, without reading the declarations again."""
        days = national_day if term.unit == Unit.HOURS else self.days_for(district)
        return rules.due(term=term, start=start, days=days, pauses=pauses)

    def due_at(self, *, term: Term, start: datetime, district: str | None = None) -> datetime:
        """The instant of ``due`` alone; what begins on one day is counted once."""
        if term.unit == Unit.HOURS:
            return self.due(term=term, start=start).at
        key = term, rules.day_in_taipei(start), district
        if key not in self._instants:
            self._instants[key] = self.due(term=term, start=start, district=district).at
        return self._instants[key]

    def term(self, key: str, on: date) -> Term:
        """As ``term_in_force``, without reading the rules again. Raises TermUnknown."""
        for term in self._terms.get(key, ()):
            if term.in_force_from <= on and (term.in_force_to is None or on <= term.in_force_to):
                return term
        return term_in_force(key, on)

    @cached_property
    def _terms(self) -> dict[str, list[Term]]:
        terms = all_terms()
        return {key: [t for t in terms if t.key == key] for key in {t.key for t in terms}}

    @cached_property
    def _instants(self) -> dict[tuple[Term, date, str | None], datetime]:
        return {}


def due(
    *, term: Term, start: datetime, district: str | None = None, pauses: Sequence[Pause] = ()
) -> Due:
    """When something received at ``start`` under ``term`` is due, as declared now.

    ``district`` is a code; stop-work of other districts does not count. Each line of the answer
    says which day or hours were counted, or why not, and under which rule.
    Raises OutOfRange outside 1998–2099.
    """
    return Calendar().due(term=term, start=start, district=district, pauses=pauses)


def day(on: date, *, district: str | None = None) -> Day:
    """What kind of day it is for the offices of a district."""
    return Calendar().days_for(district)(on)


def days_between(*, first: date, last: date, district: str | None = None) -> list[Day]:
    """The days of [first, last]. Raises ListingTooLong beyond 400 days, OutOfRange."""
    length = (last - first).days + 1
    if length > LONGEST_LISTING_DAYS:
        raise ListingTooLong(
            "calendar.listing_too_long", _("一次最多列出 400 天，請縮短期間。"), "to"
        )
    rules.check_known(first, last)
    days = Calendar().days_for(district)
    return [days(first + timedelta(days=n)) for n in range(length)]


def stop_work_days(*, year: int, district: str | None = None) -> list[StopWorkView]:
    """Declarations for days of the year, revoked ones too, latest day first.

    With a district: those of the whole city and those that name it.
    """
    rows = StopWork.objects.filter(on__year=year).prefetch_related("districts")
    views = [_stop_work_view(row) for row in rows]
    return [v for v in views if district is None or not v.districts or _names(v, district)]


def stop_work_in_force(*, first: date, last: date) -> list[StopWorkView]:
    """Declarations not revoked for days of [first, last], earliest day first."""
    rows = StopWork.objects.filter(on__range=(first, last), revoked_at=None).order_by("on", "id")
    return [_stop_work_view(row) for row in rows.prefetch_related("districts")]


def stop_work(stop_work_id: int) -> StopWorkView:
    """One declaration. Raises StopWorkUnknown."""
    row = StopWork.objects.prefetch_related("districts").filter(pk=stop_work_id).first()
    if row is None:
        raise StopWorkUnknown("calendar.stop_work_unknown", _("沒有這一筆停班紀錄。"))
    return _stop_work_view(row)


def _names(view: StopWorkView, district: str) -> bool:
    return district in {code for code, _name in view.districts}


def _stop_work_view(row: StopWork) -> StopWorkView:
    return StopWorkView(
        id=row.pk,
        on=row.on,
        reason=row.reason,
        citation=row.citation,
        districts=tuple((d.code, d.name) for d in row.districts.all()),
        declared_at=row.declared_at,
        declared_by_name=row.declared_by_name,
        revoked_at=row.revoked_at,
        revoked_by_name=row.revoked_by_name,
        revoke_reason=row.revoke_reason,
    )


def _declared() -> list[OffDay]:
    """The pack's exceptions, then stop-work, in one query."""
    codes = ArrayAgg("districts", filter=Q(districts__isnull=False), default=[])
    kind = Case(
        When(works=True, then=Value(DayKind.EXCEPTION_ON.value)),
        default=Value(DayKind.EXCEPTION_OFF.value),
    )
    exceptions = DayException.objects.order_by().annotate(kind=kind, codes=codes)
    stopped = (
        StopWork.objects.filter(revoked_at=None)
        .order_by()
        .annotate(kind=Value(DayKind.STOP_WORK.value), codes=codes)
    )
    columns = ("kind", "citation", "codes", "on")
    rows = exceptions.values_list("name", *columns).union(
        stopped.values_list("reason", *columns), all=True
    )
    found = [OffDay(on, DayKind(k), name, cited, frozenset(c)) for name, k, cited, c, on in rows]
    return sorted(found, key=lambda day: (day.kind == DayKind.STOP_WORK, day.on, day.name))
