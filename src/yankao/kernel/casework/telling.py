"""Telling people about a case: citizens by SMS and e-mail, agencies in their inboxes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from django.db.models import Func, Q, QuerySet

from yankao.base import registry
from yankao.base.prepared import Asked, Prepared, among
from yankao.base.subjects import Subject
from yankao.kernel.casework.rules import phone_digits
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.languages import Words, in_city_language, in_english


@dataclass(frozen=True, slots=True)
class Contact:
    """What somebody told about themselves, and the language they used; all optional.

    ``language``: a code of Django's; "" = not known, so the city's.
    """

    name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


@dataclass(frozen=True, slots=True)
class Told:
    """One citizen to be told about one case; ``payer`` is the agency that pays the letters.

    ``english`` is the context in English, of who reads English.
    """

    subject: Subject
    contact: Contact
    context: Mapping[str, object]
    payer: str = ""
    english: Mapping[str, object] | None = None


@runtime_checkable
class HearsLetters(Protocol):
    """Offered by who tells people of their cases in another way beside the letters."""

    def told(self, subjects: Sequence[Subject], *, at: datetime) -> None:
        """Letters about these are written, in the current transaction; whatever takes time waits
        for a job."""
        ...


def told(subject: Subject, contact: Contact, words: Words, payer: str = "") -> Told:
    """The citizen with the letter's ``words``, called in every language they may read it in."""
    return Told(
        subject, contact, in_city_language(words), payer, in_english(contact.language, words)
    )


def tell_citizens(told: Iterable[Told], template: str, *, at: datetime) -> None:
    """SMS and e-mail to whoever left a number or address; set-based."""
    told = list(told)
    if not told:
        return
    recipients = {
        "sms": [(one, notices.Recipient(phone=one.contact.phone)) for one in told
                if one.contact.phone],
        "email": [(one, notices.Recipient(email=one.contact.email)) for one in told
                  if one.contact.email],
    }  # fmt: skip
    for channel, letters in recipients.items():
        if letters:
            notices.send_many(
                template=template,
                channel=channel,
                messages=[
                    notices.Message(
                        to, one.context, one.subject, payer=one.payer, english=one.english
                    )
                    for one, to in letters
                ],
                at=at,
            )
    for hearer in registry.offers(HearsLetters):
        hearer.told([one.subject for one in told], at=at)


def tell_agency(
    agency: str | None,
    template: str,
    *,
    context: Mapping[str, object],
    subject: Subject,
    at: datetime,
) -> None:
    """In-app notice to the officers of an agency."""
    notices.send(
        template=template,
        channel="in_app",
        to=notices.Recipient(agency=agency),
        context=context,
        subject=subject,
        at=at,
    )


class Flood:
    """So many records with the same phone or e-mail that it shall have no more letters.

    No number or address can be flooded through a public door. ``since``: the records after an
    instant; they know ``phone_digits`` and ``email``. ``most`` of them is too many.
    """

    def __init__(self, since: Callable[[Asked], QuerySet[Any]], *, most: int) -> None:
        def alike(condition: Func | Q) -> Prepared[tuple[int]]:
            return Prepared(
                lambda: since(Asked("since")).filter(condition).values_list("pk")[:most]
            )

        self._most = most
        self._phones = alike(among("phone_digits", "phones"))
        self._emails = alike(Q(email=Asked("email")))

    def of(self, contact: Contact, *, since: datetime) -> str:
        """Which of phone and e-mail stands in too many; "" = neither."""
        if contact.phone:
            phones = list(phone_digits(contact.phone))
            if len(self._phones(phones=phones, since=since)) >= self._most:
                return "phone"
        if contact.email and len(self._emails(email=contact.email, since=since)) >= self._most:
            return "email"
        return ""
