"""What intake and turns share: obligations of a petition, its people, and telling them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.local_names import local
from yankao.base.subjects import Subject
from yankao.departments.service.petitions.models import Petition, Petitioner, SectionTerm
from yankao.departments.service.petitions.workflow import KIND
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.casework import lookups, telling
from yankao.kernel.casework.telling import Contact
from yankao.kernel.files import services as files
from yankao.kernel.mailboxes import queries as mailboxes
from yankao.kernel.notices.languages import in_city_language
from yankao.kernel.obligations import services as obligations
from yankao.kernel.suggestions import services as suggestions
from yankao.kernel.suggestions.texts import AGENCY

HANDLE = "service.petitions.handle"
DECLINE = "service.petitions.decline"
DECIDE = "service.petitions.extension"


def open_obligation(
    case: Petition,
    *,
    kind: str,
    term: str,
    actor: Actor,
    at: datetime,
    opened_at: datetime | None = None,
) -> Any:
    """Open an obligation of the petition's agency under the term in force; returns it stored.

    It runs from ``opened_at``, else from ``at``.
    """
    opened_at = opened_at or at
    return obligations.open_obligation(
        kind=kind,
        subject=Subject(KIND, case.pk),
        number=case.number,
        title=case.item.name,
        address=f"/petitions/{case.number}/",
        debtor_agency=case.agency_id,
        debtor_unit=case.unit_id,
        debtor_person=case.officer_id if kind == HANDLE else None,
        district=case.district_id,
        term=calendar.term_in_force(term, opened_at.astimezone(TAIPEI).date()),
        opened_at=opened_at,
        actor=actor,
        at=at,
    )


def open_handling(
    case: Petition, *, actor: Actor, at: datetime, opened_at: datetime | None = None
) -> Any:
    """The agency owes an answer from now on."""
    handling = open_obligation(
        case, kind=HANDLE, term=term_of(case), actor=actor, at=at, opened_at=opened_at
    )
    case.handling_id = handling.pk
    return handling


MAYOR_TERM = "petition.mayor"


def term_of(case: Petition) -> str:
    """The mayor's mailbox has a term of its own; else the section's own counts, else the item's."""
    return MAYOR_TERM if case.is_to_mayor else _own_term(case) or case.item.term


def _own_term(case: Petition) -> str:
    """The most specific line: its section before the agency, its item before the category."""
    matter = Q(item=case.item_id) | Q(category=case.item.category_id)
    of_section = Q(unit=case.unit_id) if case.unit_id else Q(unit=None)
    lines = SectionTerm.objects.filter(matter, of_section | Q(unit=None), agency=case.agency_id)
    best = lines.order_by(F("unit").asc(nulls_last=True), F("item").asc(nulls_last=True)).first()
    return best.term if best else ""


def attach(kept: Sequence[files.Kept], subject: Subject, *, actor: Actor, at: datetime) -> None:
    """Tie kept files to a petition or letter."""
    for file in kept:
        files.attach(kept=file, subject=subject, purpose="report", actor=actor, at=at)


def contact_of(case: Petition) -> Contact:
    """Who is to be told: of a part, who sent the whole."""
    row = Petitioner.objects.filter(petition=case.whole_id or case.pk).first()
    if row is None:
        return Contact()
    return Contact(row.name, row.phone, row.email, row.language)


def note_agency(case: Petition, *, at: datetime) -> None:
    """Somebody confirmed or chose the petition's agency: kept beside what its text suggests."""
    suggestions.record_choice(
        kind=AGENCY,
        subject=Subject(KIND, case.pk),
        title=case.title,
        text=case.content,
        chosen=case.agency_id,
        at=at,
    )


_REACHED_BY = {"sms": "phone", "email": "email"}


def tell_petitioner(
    case: Petition, template: str, *, at: datetime, without: str = "", **more: object
) -> None:
    """SMS and e-mail to whoever left a number or address, in their language.

    ``more`` is for the letter's text: instants and translated words as they are. ``without``: a
    channel that is left out.
    """
    contact = contact_of(case)
    if without in _REACHED_BY:
        contact = replace(contact, **{_REACHED_BY[without]: ""})
    words = partial(letter_words, case, **more)
    told = telling.told(Subject(KIND, case.pk), contact, words, case.agency_id)
    telling.tell_citizens([told], template, at=at)


def tell_agency(
    case: Petition, template: str, *, agency: str | None = None, at: datetime, **more: object
) -> None:
    """In-app notice to the officers of the petition's agency, or of another."""
    telling.tell_agency(
        agency or case.agency_id, template, context=context_of(case, **more),
        subject=Subject(KIND, case.pk), at=at,
    )  # fmt: skip


def context_of(case: Petition, **more: object) -> Mapping[str, object]:
    """`letter_words` in the city's language, whatever the one who causes the notice reads."""
    return in_city_language(partial(letter_words, case, **more))


def letter_words(case: Petition, **more: object) -> dict[str, object]:
    """What letters may name, in the language in force: no person, none of the petition's words.

    Instants among ``more`` are written as people read them.
    """
    return {
        "number": case.number,
        "item": local(case.item.name),
        "agency": local(case.agency.name),
        "link": f"{settings.YANKAO_ORIGIN}{status_path(case.number)}",
        "city": local(settings.CITY["name"]),
        "reply": reply_words(),
        **{name: _worded(value) for name, value in more.items()},
    }


def reply_words() -> str:
    """Whether the mail may be answered, in the language in force."""
    if mailboxes.takes_answers(KIND):
        return _("可以直接回覆這封信，補充的說明與檔案會附到這件陳情。")
    sentence = _("這是系統自動寄出的信，請不要直接回覆。有問題請撥 %(phone)s。")
    return sentence % {"phone": settings.CITY["phone"]}


def status_path(number: str) -> str:
    """The petition's public page under its signed link."""
    return f"/petition/status/{lookups.token_of(number)}/"


def _worded(value: object) -> str:
    return formats.roc_datetime(value) if isinstance(value, datetime) else str(value)
