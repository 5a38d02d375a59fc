"""What a system holds about the people behind its records. It offers a ``PersonalData``.

Whoever carries out somebody's rights (個人資料保護法 §3) or forgets what is past its retention asks
the offers, and knows no system by name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from django.db.models import Q, QuerySet

from yankao.base import registry
from yankao.base.masking import masked
from yankao.base.subjects import Subject
from yankao.kernel.casework.rules import phone_digits

CONTACT = ("name", "phone", "email", "address")
"""What can be told about a person, and corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One record and the person behind it. ``texts``: title → what the person wrote."""

    id: int
    number: str
    agency: str
    item: str
    received_at: datetime
    closed_at: datetime | None
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    language: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    def contact(self) -> dict[str, str]:
        """What is known of the person, by the names in CONTACT."""
        return {key: getattr(self, key) for key in CONTACT}


@runtime_checkable
class PersonalData(Protocol):
    """One kind of record; ``kind`` also has a ``SubjectOffer``. ``fields`` are those of CONTACT."""

    kind: str
    personal_title: Any
    fields: tuple[str, ...]

    def id_of(self, number: str) -> int | None:
        """The record of that number that belongs to a person, parts of another left out."""
        ...

    def held(self, ids: Collection[int]) -> Mapping[int, Held]:
        """Id → what is held; records without a person are left out."""
        ...

    def of_person(self, *, name: str, phone: str, email: str) -> Sequence[int]:
        """Records of whoever gave that name with that phone or that e-mail address."""
        ...

    def around(self, id: int) -> Sequence[Subject]:
        """Other subjects of the system that repeat what is said in this one."""
        ...

    def correct(self, *, id: int, values: Mapping[str, str]) -> None:
        """Write other contact values, in the current transaction. The caller writes the trail."""
        ...

    def erase(self, *, id: int) -> None:
        """Take the person out of the record and its parts, in the current transaction."""
        ...

    def due(self, until: datetime) -> int:
        """How many records closed before then still have a person."""
        ...

    def closed_before(self, until: datetime, *, after: int, limit: int) -> Sequence[int]:
        """Ids above ``after`` of those, ascending."""
        ...


@runtime_checkable
class PersonalEchoes(Protocol):
    """Offered by a system whose subjects tell about the person behind another system's record."""

    def echoes(self, subject: Subject) -> Sequence[Subject]:
        """Its subjects about that record: their letters and answers go with the person."""
        ...


def everything_about(subject: Subject) -> list[Subject]:
    """The record, what repeats it in its system, and its echoes in others."""
    own = [subject, *holders()[subject.kind].around(subject.id)]
    echoes = registry.offers(PersonalEchoes)
    return [*own, *(found for one in own for offer in echoes for found in offer.echoes(one))]


def holders() -> Mapping[str, PersonalData]:
    """Every offer by its kind, in declared order."""
    return {one.kind: one for one in registry.offers(PersonalData)}


# --- what holders of cases share ----------------------------------------------------------------


def reached_by(*, phone: str, email: str) -> Q:
    """Contacts with that phone or that e-mail address; none for who gives neither."""
    reached = Q(pk__in=[])
    if phone:
        reached |= Q(phone_digits__in=phone_digits(phone))
    if email:
        reached |= Q(email__iexact=email)
    return reached


def mask_history(entries: QuerySet[Any], words: Sequence[str]) -> None:
    """What was said with each move, where it names the person; nothing can be taken back now."""
    for entry in entries.exclude(words="", before=None):
        entry.words, entry.before = masked(entry.words, words), None
        entry.save(update_fields=["words", "before"])


def mask_rows(rows: QuerySet[Any], columns: Sequence[str], words: Sequence[str]) -> None:
    """What was asked, proposed and decided about the case, where it names the person."""
    longest = {name: rows.model._meta.get_field(name).max_length for name in columns}
    for row in rows:
        for name in columns:
            setattr(row, name, masked(getattr(row, name), words)[: longest[name]])
        row.save(update_fields=columns)


def ids_after(rows: QuerySet[Any], after: int, limit: int) -> Sequence[int]:
    """At most ``limit`` keys above ``after``, ascending."""
    found = rows.filter(pk__gt=after).order_by("pk")
    return list(found.values_list("pk", flat=True)[:limit])
