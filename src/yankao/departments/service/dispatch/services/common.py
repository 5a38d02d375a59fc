"""What intake and turns share: obligations of a case, its history, and telling people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils import translation

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import rules
from yankao.departments.service.dispatch.models import Case, CaseEntry, Reporter
from yankao.departments.service.dispatch.queries import LOOKUP_SALT
from yankao.departments.service.dispatch.workflow import KIND
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.calendar.rules import Term
from yankao.kernel.files import services as files
from yankao.kernel.notices import services as notices
from yankao.kernel.obligations import services as obligations
from yankao.kernel.search import services as search

HANDLE = "service.dispatch.handle"
CHECK = "service.dispatch.verify"
DECIDE = "service.dispatch.extension"


@dataclass(frozen=True, slots=True)
class Contact:
    """What a reporter told about themselves; all optional."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


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


def new_obligation(
    case: Case, *, kind: str, term: Term, opened_at: datetime
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


def write_entry(
    case: Case,
    move: str,
    *,
    actor: Actor,
    at: datetime,
    words: str = "",
    before: dict[str, Any] | None = None,
) -> None:
    """Append a line to the case's history; search learns of the case anew."""
    entry_of(case, move, actor=actor, at=at, words=words, before=before).save()
    search.touch([Subject(KIND, case.pk)])


def entry_of(
    case: Case,
    move: str,
    *,
    actor: Actor,
    at: datetime,
    words: str = "",
    before: dict[str, Any] | None = None,
) -> CaseEntry:
    """A line of the case's history, not yet stored."""
    return CaseEntry(
        case=case, at=at, move=move, actor_key=actor.key, actor_name=name_of(actor),
        agency_id=actor.agency, words=words, before=before,
    )  # fmt: skip


def name_of(actor: Actor) -> str:
    """How the history calls the actor."""
    return f"{actor.name}（代理{actor.acting_for}）" if actor.acting_for else actor.name


def tell_reporter(
    case: Case, contact: Contact, template: str, *, due_at: datetime | None, at: datetime
) -> None:
    """SMS and e-mail to whoever left a number or address."""
    _tell([(case, contact)], template, due_at=due_at, at=at)


def tell_reporters(
    cases: Iterable[Case], template: str, *, at: datetime, due_at: datetime | None = None
) -> None:
    """SMS and e-mail to the reporters of all these cases, each about their own; set-based."""
    by_id = {case.pk: case for case in cases}
    reporters = Reporter.objects.filter(case__in=by_id).order_by("case_id")
    told = [(by_id[r.case_id], Contact(r.name, r.phone, r.email)) for r in reporters]
    _tell(told, template, due_at=due_at, at=at)


def _tell(
    told: Sequence[tuple[Case, Contact]], template: str, *, due_at: datetime | None, at: datetime
) -> None:
    recipients = {
        "sms": [(case, notices.Recipient(phone=c.phone)) for case, c in told if c.phone],
        "email": [(case, notices.Recipient(email=c.email)) for case, c in told if c.email],
    }
    for channel, letters in recipients.items():
        if letters:
            notices.send_many(
                template=template,
                channel=channel,
                messages=[
                    notices.Message(
                        to,
                        context_of(case, due_at),
                        Subject(KIND, case.pk),
                        payer=case.agency_id or "",
                    )
                    for case, to in letters
                ],
                at=at,
            )


def tell_agency(case: Case, template: str, *, due_at: datetime, at: datetime) -> None:
    """In-app notice to the officers of the case's agency."""
    notices.send(
        template=template,
        channel="in_app",
        to=notices.Recipient(agency=case.agency_id),
        context=context_of(case, due_at),
        subject=Subject(KIND, case.pk),
        at=at,
    )


def context_of(case: Case, due_at: datetime | None) -> dict[str, str]:
    """What the letters about a case may name; none of the reporter's words.

    In the city's language, whatever the one who causes the letter reads.
    """
    with translation.override(settings.LANGUAGE_CODE):
        due = formats.roc_datetime(due_at) if due_at else ""
    return {
        "number": case.number,
        "item": case.item.plain_name,
        "place": case.place_words,
        "district": case.district.name if case.district else "",
        "link": f"{settings.YANKAO_ORIGIN}/status/{lookup_token(case.number)}/",
        "due": due,
        "city": settings.CITY["name"],
    }


def code_of(number: str) -> str:
    """The check code printed beside a number."""
    return rules.check_code(secret=settings.SECRET_KEY, number=number)


def lookup_token(number: str) -> str:
    """A signed, dated token for the public status page; it names the case and nothing else."""
    return signing.dumps(number, salt=LOOKUP_SALT)


def plain(case: Case, fields: Iterable[str]) -> dict[str, Any]:
    """The named columns as JSON values, for the trail."""
    values = {field: case.serializable_value(field) for field in fields}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
