"""What asking and deciding share: telling the person, and writing it down."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.local_names import local
from yankao.base.subjects import Subject
from yankao.departments.service.privacy import queries
from yankao.departments.service.privacy.models import Request
from yankao.departments.service.privacy.rules import Right
from yankao.departments.service.privacy.workflow import REQUEST
from yankao.kernel.casework import telling
from yankao.kernel.casework.personal import Held, holders
from yankao.kernel.casework.telling import Contact
from yankao.kernel.trail import services as trail


def held_of(kind: str, id: int) -> Held | None:
    """The record with its person as they are known now."""
    offer = holders().get(kind)
    return offer.held([id]).get(id) if offer else None


def person_of(request: Request) -> Contact:
    """How the person is reached: as the first record tells."""
    matter = request.matters.first()
    held = held_of(matter.kind, matter.subject_id) if matter else None
    return Contact("", held.phone, held.email, held.language) if held else Contact()


def tell(request: Request, template: str, to: Contact, *, at: datetime, **more: Any) -> None:
    """SMS and e-mail with the link to the person's page; about the request, not about a case.

    Instants among ``more`` are written as people read them.
    """
    words = partial(_letter_words, request, **more)
    told = telling.told(Subject(REQUEST, request.pk), to, words, request.agency_id)
    telling.tell_citizens([told], template, at=at)


def _letter_words(request: Request, **more: Any) -> Mapping[str, object]:
    return {
        "number": request.number,
        "right": str(queries.RIGHTS[Right(request.right)]),
        "agency": local(request.agency.name),
        "link": queries.link_of(request),
        "city": local(settings.CITY["name"]),
        **{
            name: formats.roc_datetime(value) if isinstance(value, datetime) else value
            for name, value in more.items()
        },
    }


def record(
    verb: str,
    request: Request,
    actor: Actor,
    at: datetime,
    *,
    new: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """One row of the trail about the request."""
    trail.record(
        actor=actor,
        action=f"service.privacy.{verb}",
        subject=Subject(REQUEST, request.pk),
        at=at,
        new={"right": request.right, "state": request.state, **(new or {})},
        reason=reason,
        agency=request.agency_id,
    )
