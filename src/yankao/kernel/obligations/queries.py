"""Reading obligations: the inbox, its counters, one matter's promises, and how many were kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from django.db.models import Count, F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from yankao.base import keyset, subjects
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.keyset import Order, Stretch
from yankao.base.narrowing import month_of
from yankao.base.subjects import Subject
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import Due
from yankao.kernel.obligations import permissions, rules
from yankao.kernel.obligations.kinds import kind_title
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.obligations.promises import Befell, befell
from yankao.kernel.obligations.rules import RUNNING, Change, State
from yankao.kernel.obligations.terms import due_of

PERSON_KEY = "person:"


class ObligationNotFound(NotVisible):
    """None of that number, or none that the actor may see."""


class Scope(StrEnum):
    """Whose obligations."""

    MINE = "mine"
    UNIT = "unit"
    AGENCY = "agency"
    ALL = "all"


class Urgency(StrEnum):
    """How near the due time."""

    TODAY = "today"
    OVERDUE = "overdue"
    PAUSED = "paused"
    ENDED = "ended"


class Sort(StrEnum):
    """The order of the inbox; the last word of a tie is always the id."""

    DUE = "due"
    DUE_LAST = "-due"
    OPENED = "opened"
    OPENED_LAST = "-opened"
    NUMBER = "number"
    NUMBER_LAST = "-number"
    KIND = "kind"
    AGENCY = "agency"


_ORDERS = {
    order.name: order
    for order in (
        Order(Sort.DUE, (Stretch(("due_at", "id")),)),
        Order(Sort.DUE_LAST, (Stretch(("due_at", "id"), descending=True),)),
        Order(Sort.OPENED, (Stretch(("opened_at", "id")),)),
        Order(Sort.OPENED_LAST, (Stretch(("opened_at", "id"), descending=True),)),
        Order(Sort.NUMBER, (Stretch(("number", "id")),)),
        Order(Sort.NUMBER_LAST, (Stretch(("number", "id"), descending=True),)),
        Order(Sort.KIND, (Stretch(("kind", "due_at", "id")),)),
        Order(Sort.AGENCY, (Stretch(("debtor_agency__name", "due_at", "id")),)),
    )
}


@dataclass(frozen=True, slots=True)
class InboxFilters:
    """What to show. Scope None = everything the actor may see; empty = no matter.

    ``due``: a month, 2026-10.
    """

    scope: Scope | None = None
    urgency: Urgency | None = None
    kind: str = ""
    district: str = ""
    agency: str = ""
    unassigned: bool = False
    due: str = ""
    text: str = ""
    sort: Sort = Sort.DUE


@dataclass(frozen=True, slots=True)
class ObligationView:
    """An obligation as lists and pages show it; ``whose`` names person, unit or agency."""

    id: int
    kind: str
    kind_title: str
    subject: Subject
    number: str
    title: str
    place: str
    address: str
    district: str | None
    district_name: str
    agency: str
    agency_name: str
    unit_name: str
    person_id: int | None
    person_name: str
    creditor: str
    opened_at: datetime
    due_at: datetime
    promised_due_at: datetime
    state: str
    paused_at: datetime | None
    ended_at: datetime | None
    outcome_reason: str
    escalation_level: int
    term_title: str
    term_unit: str
    term_amount: int
    extended_by: int

    @property
    def whose(self) -> str:
        return self.person_name or self.unit_name or self.agency_name

    @property
    def on_time(self) -> bool | None:
        """Whether it was fulfilled in time; None while owed or when it lapsed."""
        return rules.was_on_time(state=self.state, due_at=self.due_at, ended_at=self.ended_at)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One thing that happened to an obligation."""

    at: datetime
    kind: str
    actor_key: str
    actor_name: str
    old_due_at: datetime | None
    new_due_at: datetime | None
    person_name: str
    level: int | None
    reason: str
    citation: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many run, for the tabs and the rail; ``due_today`` and ``overdue`` of all visible."""

    mine: int
    unit: int
    agency: int
    all: int
    due_today: int
    overdue: int
    mine_pressing: int
    paused: int


_NAMES = ("district", "debtor_agency", "debtor_unit", "debtor_person")


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of the inbox with the cursors beside it; ``total`` as ``keyset.Page`` counts."""

    rows: list[ObligationView]
    next: str
    previous: str
    total: int
    total_is_exact: bool


def inbox_for(
    actor: Actor, filters: InboxFilters, at: datetime, *, cursor: str = "", size: int = 50
) -> InboxPage:
    """What the actor may see of what is asked for, running ones unless the ended are wanted.

    Raises CursorWrong.
    """
    page = keyset.page_of(
        found_for(actor, filters, at),
        _ORDERS[filters.sort],
        cursor=cursor,
        size=size,
        related=_NAMES,
    )
    rows = [_view(row) for row in page.rows]
    return InboxPage(rows, page.next, page.previous, page.total, page.total_is_exact)


def found_for(actor: Actor, filters: InboxFilters, at: datetime) -> QuerySet[Obligation]:
    """All the actor may see of what is asked for, in no order."""
    return Obligation.objects.filter(permissions.visible(actor), _asked(actor, filters, at))


def _asked(actor: Actor, filters: InboxFilters, at: datetime) -> Q:
    wanted = _of_urgency(filters.urgency, at) & _of_scope(actor, filters.scope)
    for column, value in (
        ("kind", filters.kind),
        ("district_id", filters.district),
        ("debtor_agency_id", filters.agency),
    ):
        if value:
            wanted &= Q((column, value))
    if filters.unassigned:
        wanted &= Q(debtor_person=None)
    if filters.due:
        wanted &= _due_within(*month_of(filters.due))
    for word in filters.text.replace("\x00", "").split():
        wanted &= Q(number__icontains=word) | Q(title__icontains=word) | Q(place__icontains=word)
    return wanted


def _due_within(start: datetime, end: datetime) -> Q:
    return Q(due_at__gte=start, due_at__lt=end)


@dataclass(frozen=True, slots=True)
class Unmet:
    """What of a kind an agency still owes."""

    kind: str
    agency: str
    count: int


def unmet_between(start: datetime, end: datetime) -> list[Unmet]:
    """What was due from ``start`` to before ``end`` and still runs, by kind and debtor. One query.

    Of everybody: who shows it decides who may see it.
    """
    rows = Obligation.objects.filter(_due_within(start, end), state__in=list(RUNNING))
    counted = rows.values_list("kind", "debtor_agency").annotate(count=Count("pk")).order_by()
    return [Unmet(*row) for row in sorted(counted)]


def _of_urgency(urgency: Urgency | None, at: datetime) -> Q:
    if urgency == Urgency.ENDED:
        return ~Q(state__in=list(RUNNING))
    running = Q(state__in=list(RUNNING))
    return running & pressing(urgency, at) if urgency else running


def pressing_ids(urgency: str, at: datetime) -> QuerySet[Obligation, int]:
    """The keys of what is overdue, due today or paused, to be used inside another query."""
    return Obligation.objects.filter(pressing(urgency, at)).values_list("pk", flat=True)


def pressing(urgency: str, at: datetime) -> Q:
    """What is overdue, due today or paused at an instant.

    Due today is still in time, but only until midnight in Taipei.
    """
    if urgency == Urgency.PAUSED:
        return Q(state=State.PAUSED)
    running = Q(state=State.OPEN)
    if urgency == Urgency.OVERDUE:
        return running & Q(due_at__lt=at)
    begin = datetime.combine(at.astimezone(TAIPEI).date(), time.min, tzinfo=TAIPEI)
    return running & Q(due_at__gte=at, due_at__lt=begin + timedelta(days=1))


def _of_scope(actor: Actor, scope: Scope | None) -> Q:
    if scope == Scope.MINE:
        return Q(debtor_person__in=sorted(persons_of(actor)))
    if scope == Scope.UNIT:
        return Q(debtor_unit=actor.unit) if actor.unit else Q(pk__in=[])
    if scope == Scope.AGENCY:
        return _of_agency(actor)
    return Q()


def _of_agency(actor: Actor) -> Q:
    """The agencies of the actor's roles; who sees everything has its own agency, if any."""
    agencies = actor.agencies_for(permissions.READ)
    if agencies is not None:
        return Q(debtor_agency__in=sorted(agencies))
    return Q(debtor_agency=actor.agency) if actor.agency else Q(pk__in=[])


def persons_of(actor: Actor) -> set[int]:
    """Whose obligations are "mine": a deputy's are the principal's too."""
    keys = [key for key in (actor.key, actor.principal_key) if key]
    return {int(key.removeprefix(PERSON_KEY)) for key in keys if key.startswith(PERSON_KEY)}


def counts_for(actor: Actor, at: datetime) -> Counts:
    """Every counter of the inbox in one query."""
    mine = _of_scope(actor, Scope.MINE)
    found = Obligation.objects.filter(permissions.visible(actor), state__in=list(RUNNING))
    counted = found.aggregate(
        mine=Count("pk", filter=mine),
        unit=Count("pk", filter=_of_scope(actor, Scope.UNIT)),
        agency=Count("pk", filter=_of_agency(actor)),
        all=Count("pk"),
        due_today=Count("pk", filter=pressing(Urgency.TODAY, at)),
        overdue=Count("pk", filter=pressing(Urgency.OVERDUE, at)),
        mine_pressing=Count(
            "pk", filter=mine & (pressing(Urgency.TODAY, at) | pressing(Urgency.OVERDUE, at))
        ),
        paused=Count("pk", filter=Q(state=State.PAUSED)),
    )
    return Counts(**counted)


def count_each(actor: Actor, views: Sequence[InboxFilters], at: datetime) -> list[int | None]:
    """How many each finds of what runs, in one query; None where it asks for what has ended."""
    counted = {
        f"view_{number}": Count("pk", filter=_asked(actor, view, at))
        for number, view in enumerate(views)
        if view.urgency != Urgency.ENDED
    }
    if not counted:
        return [None] * len(views)
    found: dict[str, int] = Obligation.objects.filter(
        permissions.visible(actor), state__in=list(RUNNING)
    ).aggregate(**counted)
    return [found.get(f"view_{number}") for number in range(len(views))]


def next_due(actor: Actor, at: datetime, *, limit: int = 5) -> list[ObligationView]:
    """The visible obligations that fall due next, for somebody whose list is empty."""
    coming = Obligation.objects.filter(
        permissions.visible(actor), state=State.OPEN, due_at__gte=at
    ).order_by("due_at", "pk")
    return [_view(row) for row in coming.select_related(*_NAMES)[:limit]]


def next_for(actor: Actor, *, after: str = "") -> ObligationView | None:
    """What the actor owes next, soonest due first, over all systems; None when nothing is left.

    One's own work, or while one has none, what nobody of the agency has in hand yet. It goes on
    behind the matter of the number ``after`` and begins again at the end, so that asking again and
    again visits each; that matter itself is passed over. What is paused waits.
    """
    seen = Obligation.objects.filter(permissions.visible(actor)).select_related(*_NAMES)
    place = seen.filter(number=after).order_by("-pk").first() if after else None
    mine = _of_scope(actor, Scope.MINE)
    for scope in (mine, _of_agency(actor) & Q(debtor_person=None)):
        waiting = seen.filter(scope, state=State.OPEN).exclude(number=after)
        waiting = waiting.order_by("due_at", "pk")
        found = (place and waiting.filter(_behind(place)).first()) or waiting.first()
        if found is not None:
            return _view(found)
    return None


def _behind(place: Obligation) -> Q:
    return Q(due_at__gt=place.due_at) | Q(due_at=place.due_at, pk__gt=place.pk)


@dataclass(frozen=True, slots=True)
class AgencyArrears:
    """One agency's overdue obligations: how many, the oldest, and the worst of them."""

    agency: str
    agency_name: str
    overdue: int
    oldest_due_at: datetime
    highest_level: int
    worst: tuple[ObligationView, ...] = ()


def arrears_for(actor: Actor, at: datetime, *, each: int = 10) -> list[AgencyArrears]:
    """Visible agencies with overdue obligations, most overdue first, with their ``each`` worst.

    Two queries however many agencies there are.
    """
    overdue = Obligation.objects.filter(permissions.visible(actor), pressing(Urgency.OVERDUE, at))
    totals = (
        overdue.values("debtor_agency", "debtor_agency__name")
        .annotate(overdue=Count("pk"), level=Max("escalation_level"))
        .order_by("-overdue", "debtor_agency")
    )
    worst = _worst_of_each(overdue, each)
    return [
        AgencyArrears(
            agency=row["debtor_agency"],
            agency_name=row["debtor_agency__name"],
            overdue=row["overdue"],
            oldest_due_at=worst[row["debtor_agency"]][0].due_at,
            highest_level=row["level"],
            worst=tuple(worst[row["debtor_agency"]]),
        )
        for row in totals
        if row["debtor_agency"] in worst
    ]


def _worst_of_each(overdue: QuerySet[Obligation], each: int) -> dict[str, list[ObligationView]]:
    ranked = overdue.annotate(
        rank=Window(RowNumber(), partition_by=F("debtor_agency"), order_by=["due_at", "pk"])
    ).filter(rank__lte=each)
    found: dict[str, list[ObligationView]] = {}
    for row in ranked.select_related(*_NAMES).order_by("due_at", "pk"):
        found.setdefault(row.debtor_agency_id, []).append(_view(row))
    return found


def obligations_of(subject: Subject) -> list[ObligationView]:
    """Every obligation about a subject, ended ones too, in the order they were opened.

    Not narrowed to an actor: the system whose subject it is shows its own.
    """
    rows = Obligation.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return [_view(row) for row in rows.select_related(*_NAMES).order_by("opened_at", "pk")]


def obligations_among(actor: Actor, ids: Collection[int]) -> list[ObligationView]:
    """Of these, the ones the actor may see, by due time."""
    rows = Obligation.objects.filter(permissions.visible(actor), pk__in=ids)
    return [_view(row) for row in rows.select_related(*_NAMES).order_by("due_at", "pk")]


def obligation_for(actor: Actor, obligation_id: int) -> ObligationView:
    """The obligation, if the actor may see it. Raises ObligationNotFound.

    Why it lapsed is for who may read the subject.
    """
    return _seen(actor, obligation_id)[0]


def _seen(actor: Actor, obligation_id: int) -> tuple[ObligationView, bool]:
    """The obligation as the actor may see it, and whether reasons are for them."""
    visible = Obligation.objects.filter(permissions.visible(actor), pk=obligation_id)
    row = visible.select_related(*_NAMES).first()
    if row is None:
        raise _not_found()
    view = _view(row)
    reads = subjects.may_see(actor, view.subject)
    return (view if reads else replace(view, outcome_reason="")), reads


def _not_found() -> ObligationNotFound:
    message = _("找不到這筆應辦事項，或您無權檢視。")
    return ObligationNotFound("obligations.not_found", message)


def due_at(obligation_id: int) -> datetime:
    """The due time in force. Raises ObligationNotFound."""
    found = Obligation.objects.filter(pk=obligation_id).values_list("due_at", flat=True).first()
    if found is None:
        raise _not_found()
    return found


def explain(obligation_id: int) -> Due:
    """How its due time is counted, as the calendar stands now. Raises ObligationNotFound.

    Not narrowed to an actor: show it to who may see the subject.
    """
    row = Obligation.objects.filter(pk=obligation_id).first()
    if row is None:
        raise _not_found()
    return explained(row)


def explained(obligation: Obligation, *, is_plain: bool = False) -> Due:
    """As ``explain``, for one that was read with its subject.

    ``is_plain``: its reader knows that it never paused and went to nobody else.
    """
    happened = Befell([], 0) if is_plain else befell([obligation])[obligation.pk]
    return due_of(obligation, happened, Calendar())


def changes_for(actor: Actor, obligation_id: int) -> list[ChangeView]:
    """What ``with_changes`` tells of its changes."""
    return with_changes(actor, obligation_id)[1]


def with_changes(actor: Actor, obligation_id: int) -> tuple[ObligationView, list[ChangeView]]:
    """The obligation and everything that happened to it, oldest first. Raises ObligationNotFound
    like ``obligation_for``.

    Having held the subject once opens nothing: only the agency that owes it counts. Reasons are for
    who may read the subject; why days off were counted is no secret.
    """
    view, reads = _seen(actor, obligation_id)
    rows = ObligationChange.objects.filter(obligation=obligation_id).select_related("person")
    return view, [
        ChangeView(
            at=row.at,
            kind=row.kind,
            actor_key=row.actor_key,
            actor_name=row.actor_name,
            old_due_at=row.old_due_at,
            new_due_at=row.new_due_at,
            person_name=row.person.name if row.person else "",
            level=row.level,
            reason=row.reason if reads or row.kind == Change.RECOMPUTED else "",
            citation=row.citation,
        )
        for row in rows
    ]


def _view(row: Obligation) -> ObligationView:
    return ObligationView(
        id=row.pk,
        kind=row.kind,
        kind_title=kind_title(row.kind),
        subject=Subject(row.subject_kind, row.subject_id),
        number=row.number,
        title=row.title,
        place=row.place,
        address=row.address,
        district=row.district_id,
        district_name=row.district.name if row.district else "",
        agency=row.debtor_agency_id,
        agency_name=row.debtor_agency.name,
        unit_name=row.debtor_unit.name if row.debtor_unit else "",
        person_id=row.debtor_person_id,
        person_name=row.debtor_person.name if row.debtor_person else "",
        creditor=row.creditor,
        opened_at=row.opened_at,
        due_at=row.due_at,
        promised_due_at=row.promised_due_at,
        state=row.state,
        paused_at=row.paused_at,
        ended_at=row.ended_at,
        outcome_reason=row.outcome_reason,
        escalation_level=row.escalation_level,
        term_title=row.term_title,
        term_unit=row.term_unit,
        term_amount=row.term_amount,
        extended_by=row.extended_by,
    )
