"""What intake and turns share: obligations of a case, and telling people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from django.conf import settings

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.local_names import local
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch.models import Case, Item, Reporter
from yankao.departments.service.dispatch.workflow import KIND
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.calendar.rules import Term
from yankao.kernel.casework import lookups, telling
from yankao.kernel.casework.telling import Contact
from yankao.kernel.files import services as files
from yankao.kernel.notices.languages import Words, in_city_language
from yankao.kernel.obligations import services as obligations

code_of, lookup_token = lookups.code_of, lookups.token_of
HANDLE = "service.dispatch.handle"
CHECK = "service.dispatch.verify"
DECIDE = "service.dispatch.extension"


def open_obligation(
    case: Case,
    *,
    kind: str,
    term: str,
    actor: Actor,
    at: datetime,
    opened_at: datetime | None = None,
) -> Any:
    """Open an obligation of the case's agency under the term in force; returns it stored.

    It runs from ``opened_at``, else from ``at``.
    """
    opened_at = opened_at or at
    on = opened_at.astimezone(TAIPEI).date()
    new = new_obligation(
        case, kind=kind, term=calendar.term_in_force(term, on), opened_at=opened_at
    )
    return obligations.open_new(new, actor=actor, at=at)


class Described(Protocol):
    """What of a case its obligation and the trail speak of: a `Case`, or one being taken in."""

    pk: int
    number: str
    item: Item
    channel: str
    description: str
    received_at: datetime
    district_id: str | None
    place_words: str
    agency_id: str | None
    unit_id: str | None
    officer_id: int | None
    promise_id: int | None
    lead_id: int | None
    paper_number: str
    late_entry_reason: str


def new_obligation(
    case: Described, *, kind: str, term: Term, opened_at: datetime
) -> obligations.NewObligation:
    """What the case's agency owes under the term, not yet opened."""
    assert case.agency_id is not None, "somebody must owe it"
    return obligations.NewObligation(
        kind=kind,
        subject=Subject(KIND, case.pk),
        number=case.number,
        title=case.item.plain_name,
        place=case.place_words,
        address=f"/dispatch/cases/{case.number}/",
        debtor_agency=case.agency_id,
        debtor_unit=case.unit_id,
        debtor_person=case.officer_id if kind == HANDLE else None,
        district=case.district_id,
        term=term,
        opened_at=opened_at,
    )


def attach(
    photos: Sequence[files.Kept], case: Case, *, purpose: str, actor: Actor, at: datetime
) -> None:
    """Tie kept photos to the case."""
    for photo in photos:
        files.attach(
            kept=photo, subject=Subject(KIND, case.pk), purpose=purpose, actor=actor, at=at
        )


def tell_reporter(
    case: Case, contact: Contact, template: str, *, words: Words, at: datetime
) -> None:
    """SMS and e-mail to whoever left a number or address, in their language."""
    telling.tell_citizens([_told(case, contact, words)], template, at=at)


def tell_reporters(
    cases: Iterable[Case], template: str, *, at: datetime, due_at: datetime | None = None
) -> None:
    """SMS and e-mail to the reporters of all these cases, each about their own; set-based."""
    by_id = {case.pk: case for case in cases}
    reporters = Reporter.objects.filter(case__in=by_id).order_by("case_id")
    told = [
        _told(
            case,
            Contact(r.name, r.phone, r.email, r.language),
            partial(letter_words, case, due_at),
        )
        for case, r in ((by_id[r.case_id], r) for r in reporters)
    ]
    telling.tell_citizens(told, template, at=at)


def _told(case: Case, contact: Contact, words: Words) -> telling.Told:
    return telling.told(Subject(KIND, case.pk), contact, words, case.agency_id or "")


def tell_agency(
    case: Case,
    template: str,
    *,
    due_at: datetime,
    at: datetime,
    context: Mapping[str, object] | None = None,
) -> None:
    """In-app notice to the officers of the case's agency; ``context`` where it is made already."""
    telling.tell_agency(
        case.agency_id, template, context=context or context_of(case, due_at),
        subject=Subject(KIND, case.pk), at=at,
    )  # fmt: skip


def context_of(case: Case, due_at: datetime | None) -> Mapping[str, object]:
    """`letter_words` in the city's language, whatever the one who causes the notice reads."""
    return in_city_language(partial(letter_words, case, due_at))


def letter_words(case: Case, due_at: datetime | None, district: str = "") -> dict[str, object]:
    """What the letters about a case may name; none of the reporter's words.

    In the language in force. ``district`` is the name of the case's district where the caller
    knows it; else it is looked up.
    """
    return {
        "number": case.number,
        "item": local(case.item.plain_name),
        "place": case.place_words,
        "district": local(district or (case.district.name if case.district else "")),
        "link": f"{settings.YANKAO_ORIGIN}/status/{lookup_token(case.number)}/",
        "due": formats.roc_datetime(due_at) if due_at else "",
        "city": local(settings.CITY["name"]),
    }
