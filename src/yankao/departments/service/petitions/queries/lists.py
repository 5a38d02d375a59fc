"""Which petitions an actor may see, and lists of them narrowed, ordered and counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from yankao.base import exports, keyset
from yankao.base.actors import Actor
from yankao.base.keyset import Order, Stretch
from yankao.departments.service.petitions import permissions
from yankao.departments.service.petitions.models import Copy, Extension, Petition
from yankao.departments.service.petitions.workflow import ENDED, KIND, Permission, State
from yankao.kernel.casework import narrowed
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.people import queries as people

PAGE_ROWS = 50
OPEN = tuple(state for state in State if state not in ENDED)
SHOWN = ("item", "district", "agency", "officer", "handling")

STATE_WORDS: dict[State, Any] = {
    State.RECEIVED: _("待簽收"),
    State.ACCEPTED: _("處理中"),
    State.WAITING: _("等民眾補充"),
    State.DECLINING: _("不予處理待核定"),
    State.ANSWERED: _("已答覆"),
    State.CLOSED: _("已結案"),
    State.DECLINED: _("不予處理"),
    State.WITHDRAWN: _("民眾撤回"),
}
HIDDEN_TITLE = _("保密案件")


@dataclass(frozen=True, slots=True)
class PetitionFilter:
    """What a list is narrowed to; empty = everything the actor may see.

    ``state`` is a state or "open"; ``clock`` "today" or "overdue"; ``officer`` "mine" or "none".
    """

    text: str = ""
    state: str = ""
    clock: str = ""
    officer: str = ""
    district: str = ""
    agency: str = ""
    item: str = ""
    channel: str = ""
    mayor: bool = False
    waiting: bool = False
    received_from: datetime | None = None
    received_until: datetime | None = None
    order: str = "-received_at"

    @property
    def is_of_open_cases(self) -> bool:
        """Whether it can only find petitions that have not ended: few, and quickly counted."""
        return self.state in {"open", *OPEN} or bool(self.clock) or self.waiting


def _by_due(*, descending: bool = False) -> tuple[Stretch, ...]:
    return (Stretch(("handling__due_at", "handling_id"), descending),)


ORDERS = {
    order.name: order
    for order in (
        Order("-received_at", (Stretch(("received_at", "id"), descending=True),)),
        Order("received_at", (Stretch(("received_at", "id")),)),
        Order("due", _by_due()),
        Order("-due", _by_due(descending=True)),
        Order("number", (Stretch(("number",)),)),
        Order("-number", (Stretch(("number",), descending=True),)),
    )
}


def held_petitions(actor: Actor) -> QuerySet[Petition]:
    """Petitions of the agencies the actor reads for now, and those copied to them (副知)."""
    agencies = actor.agencies_for(Permission.READ)
    if agencies is None:
        return Petition.objects.all()
    copied = Copy.objects.filter(agency__in=agencies).values("petition")
    return Petition.objects.filter(Q(agency__in=agencies) | Q(pk__in=copied))


def visible_petitions(actor: Actor) -> QuerySet[Petition]:
    """Also those such an agency once held."""
    agencies = actor.agencies_for(Permission.READ)
    if agencies is None:
        return Petition.objects.all()
    once_held = people.subjects_once_held(agencies=agencies, kind=KIND)
    copied = Copy.objects.filter(agency__in=agencies).values("petition")
    return Petition.objects.filter(Q(agency__in=agencies) | Q(pk__in=copied) | Q(pk__in=once_held))


def is_held(actor: Actor, number: str) -> bool:
    """Whether the actor's agencies hold the petition now or may read along."""
    return held_petitions(actor).filter(number=number).exists()


def petitions_for(
    actor: Actor, wanted: PetitionFilter, *, at: datetime, cursor: str = ""
) -> keyset.Page[Petition]:
    """One page of the petitions that match; ``hide_titles`` has been done. Raises CursorWrong."""
    rows = _narrowed(actor, wanted, at)
    page = keyset.page_of(rows, ORDERS[wanted.order], cursor=cursor, size=PAGE_ROWS, related=SHOWN)
    hide_titles(actor, page.rows)
    return page


def hide_titles(actor: Actor, rows: Iterable[Petition]) -> None:
    """Take the words of confidential petitions away from who may not read them, unsaved."""
    for row in rows:
        if not permissions.may_read_content(actor, row):
            row.title, row.content = str(HIDDEN_TITLE), ""


def held_of(actor: Actor, numbers: Sequence[str]) -> list[Petition]:
    """Of these numbers, the petitions the actor's agencies hold or were given a copy of.

    In the order of the numbers; ``hide_titles`` has been done.
    """
    found = held_petitions(actor).filter(number__in=numbers).select_related(*SHOWN)
    rows = narrowed.in_order(found, numbers)
    hide_titles(actor, rows)
    return rows


def petition_rows_for(actor: Actor, wanted: PetitionFilter, *, at: datetime) -> QuerySet[Petition]:
    """All matching petitions in the order received, for exports."""
    return _narrowed(actor, wanted, at).order_by("received_at", "id")


def counts_for(actor: Actor, views: Sequence[PetitionFilter], *, at: datetime) -> list[int | None]:
    """How many each finds, all in one query over what is open; None where it asks for more."""
    matching = [_matching(actor, v, at) if v.is_of_open_cases else None for v in views]
    return narrowed.counts_of(held_petitions(actor).filter(state__in=OPEN), matching)


def count_since(actor: Actor, wanted: PetitionFilter, *, since: datetime, at: datetime) -> int:
    """How many that match were recorded after an instant, up to a hundred."""
    return _narrowed(actor, wanted, at).filter(recorded_at__gt=since)[:100].count()


def _narrowed(actor: Actor, wanted: PetitionFilter, at: datetime) -> QuerySet[Petition]:
    return held_petitions(actor).filter(_matching(actor, wanted, at))


def _matching(actor: Actor, wanted: PetitionFilter, at: datetime) -> Q:
    found = narrowed.exactly(
        district=wanted.district,
        agency=wanted.agency,
        item=wanted.item,
        channel=wanted.channel,
        is_to_mayor=wanted.mayor,
        received_at__gte=wanted.received_from,
        received_at__lt=wanted.received_until,
    )
    found &= narrowed.of_state(wanted.state, OPEN) & narrowed.of_officer(actor, wanted.officer)
    found &= _of_words(wanted.text.strip())
    if wanted.clock:
        found &= Q(state__in=OPEN, handling__in=obligations.pressing_ids(wanted.clock, at))
    if wanted.waiting:
        waiting = Extension.objects.filter(outcome="").values("case")
        found &= Q(state__in=OPEN, pk__in=waiting)
    return found


def _of_words(words: str) -> Q:
    """Words of a confidential petition are not found: a hit would tell what is in it."""
    if not words:
        return Q()
    told = Q(title__icontains=words) | Q(content__icontains=words) | Q(place_words__icontains=words)
    return Q(number__iexact=words) | (Q(is_confidential=False) & told)


# --- as a table ----------------------------------------------------------------------------------

_STATE = Choose(
    *(When(state=state, then=Value(str(words))) for state, words in STATE_WORDS.items()),
    output_field=CharField(),
)
_TITLE = Choose(When(is_confidential=True, then=Value(str(HIDDEN_TITLE))), default=F("title"))
COLUMNS = (
    ("案號", F("number")),
    ("主旨", _TITLE),
    ("事項", F("item__name")),
    ("行政區", F("district__name")),
    ("主辦機關", F("agency__name")),
    ("承辦人", F("officer__name")),
    ("狀態", _STATE),
    ("市長信箱", Choose(When(is_to_mayor=True, then=Value("市長信箱")), default=Value(""))),
    ("收件時間", F("received_at")),
    ("期限", F("handling__due_at")),
    ("答覆時間", F("answered_at")),
    ("結案時間", F("closed_at")),
)


def petition_sheet(
    cases: QuerySet[Petition],
) -> tuple[list[str], QuerySet[Petition, tuple[Any, ...]]]:
    """Head and rows for ``exports.sheet_response``; no words of confidential petitions."""
    head = [title for title, _column in COLUMNS]
    return head, exports.cells_of(cases, [column for _title, column in COLUMNS])
