"""What anybody may know: the status behind a link or code, and what can be petitioned about."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.petitions.models import Decline, Item, Petition, Petitioner
from yankao.departments.service.petitions.queries.clocks import WhyDue, why_due
from yankao.departments.service.petitions.queries.lists import held_petitions
from yankao.departments.service.petitions.workflow import KIND, Move, Permission, State
from yankao.kernel.casework import lookups
from yankao.kernel.casework.callers import Caller
from yankao.kernel.casework.rules import phone_digits
from yankao.kernel.replies import queries as replies

SHORTEST_NUMBER = 7
MOST_CASES = 8
SINCE = timedelta(days=365)


class LookupEnded(NotVisible):
    """The look-up link is no longer (or never was) valid."""


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What whoever holds the link may know: no person, none of the petition's words.

    ``answer`` is what the city said to the petitioner, ``question`` what it waits for, ``why`` how
    the promise is counted while an answer is owed.
    """

    number: str
    item: str
    agency: str
    state: str
    received_at: datetime
    due_at: datetime
    accepted_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    question: str
    answer: str
    ground: str
    was_extended: bool
    why: WhyDue | None
    other_agencies: tuple[str, ...]


def status_by_token(token: str) -> PublicStatus:
    """The status behind a signed link. Raises LookupEnded when forged or older than 180 days."""
    number = lookups.number_of(token)
    related = ("item", "agency", "promise")
    case = Petition.objects.select_related(*related).filter(number=number or "").first()
    if case is None:
        message = _("這個查詢連結已過期或不完整。請用案號與查詢碼查詢，或撥 1999。")
        raise LookupEnded("petitions.lookup_ended", message)
    return _status(case)


def _status(case: Petition) -> PublicStatus:
    declined = _declined(case)
    parts = case.parts.select_related("agency").order_by("number")
    return PublicStatus(
        number=case.number,
        item=case.item.name,
        agency=case.agency.name,
        state=case.state,
        received_at=case.received_at,
        due_at=case.promise.due_at,
        accepted_at=case.accepted_at,
        answered_at=case.answered_at,
        closed_at=case.closed_at,
        question=_question(case),
        answer=declined.text if declined else _answer(case),
        ground=declined.ground if declined else "",
        was_extended=_was_extended(case),
        why=why_due(case, set(case.entries.values_list("move", flat=True))),
        other_agencies=tuple(part.agency.name for part in parts),
    )


def _was_extended(case: Petition) -> bool:
    """Whether more time was granted since it was received or reopened last."""
    since = case.promise.opened_at
    return case.extensions.filter(outcome="granted", decided_at__gte=since).exists()


def _declined(case: Petition) -> Decline | None:
    if case.state != State.DECLINED:
        return None
    return case.declines.filter(outcome="approved").order_by("-decided_at", "-id").first()


def _answer(case: Petition) -> str:
    """What the city said last, while it stands: nothing once the petition was reopened."""
    if case.answered_at is None:
        return ""
    sent = replies.sent_replies(Subject(KIND, case.pk))
    return case.answer_told or (sent[-1].body if sent else "")


def _question(case: Petition) -> str:
    if case.state != State.WAITING:
        return ""
    entry = case.entries.filter(move=Move.WAIT).order_by("-at", "-id").first()
    return entry.words if entry else ""


class PetitionLookup:
    """Petitions on the one look-up page of all kinds."""

    def status_address(self, number: str, token: str) -> str | None:
        """The status page, when there is such a petition."""
        known = Petition.objects.filter(number=number).exists()
        return f"/petition/status/{token}/" if known else None


def items_in_force(*, at: datetime) -> list[Item]:
    """What can be petitioned about today, in the categories' order."""
    on = at.astimezone(TAIPEI).date()
    items = Item.objects.filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=on))
    items = items.filter(in_force_from__lte=on).select_related("category")
    return list(items.order_by("category__rank", "rank"))


def item_names() -> dict[str, str]:
    """Item code → name, in the pack's order."""
    return dict(Item.objects.order_by("rank").values_list("code", "name"))


def category_names() -> dict[str, str]:
    """Category code → name, in the pack's order."""
    return dict(Item.objects.order_by("rank").values_list("category__code", "category__name"))


def has_intake_key(key: str) -> bool:
    """Whether a petition with this key was taken in."""
    return Petition.objects.filter(intake_key=key).exists()


def caller_of(actor: Actor, phone: str, *, at: datetime) -> Caller | None:
    """The caller's petitions of the last year, newest first, none of them confidential.

    Only of agencies whose petitioners the actor may see; showing it belongs in the trail.
    """
    numbers = [digits for digits in phone_digits(phone) if len(digits) >= SHORTEST_NUMBER]
    agencies = actor.agencies_for(Permission.PETITIONER)
    if not numbers or (agencies is not None and not agencies):
        return None
    found = Petitioner.objects.filter(
        phone_digits__in=numbers,
        petition__in=held_petitions(actor),
        petition__received_at__gte=at - SINCE,
        petition__is_confidential=False,
    )
    if agencies is not None:
        found = found.filter(petition__agency__in=agencies)
    rows = list(
        found.select_related("petition__item", "petition__agency", "petition__handling").order_by(
            "-petition__received_at", "-petition_id"
        )[:MOST_CASES]
    )
    if not rows:
        return None
    return Caller(next((row.name for row in rows if row.name), ""), tuple(r.petition for r in rows))


def latest_of_agent(actor: Actor, *, at: datetime) -> list[Petition]:
    """What the actor took in within the last twelve hours, newest first."""
    taken = Petition.objects.filter(
        entries__move="received",
        entries__actor_key=actor.key,
        recorded_at__gte=at - timedelta(hours=12),
        whole=None,
    )
    return list(taken.select_related("item", "handling").order_by("-id")[:MOST_CASES])
