"""What asking and deciding share: telling the person, and writing it down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from yankao.base import formats
from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.departments.service.privacy import queries
from yankao.departments.service.privacy.models import Request
from yankao.departments.service.privacy.rules import Right
from yankao.departments.service.privacy.workflow import REQUEST
from yankao.kernel.casework import telling
from yankao.kernel.casework.personal import Held, holders
from yankao.kernel.casework.telling import Contact, Told
from yankao.kernel.trail import services as trail


def held_of(kind: str, id: int) -> Held | None:
    """The record with its person as they are known now."""
    offer = holders().get(kind)
    return offer.held([id]).get(id) if offer else None


def person_of(request: Request) -> Contact:
    """How the person is reached: as the first record tells."""
    matter = request.matters.first()
    held = held_of(matter.kind, matter.subject_id) if matter else None
    return Contact("", held.phone, held.email) if held else Contact()


def tell(request: Request, template: str, to: Contact, *, at: datetime, **more: str) -> None:
    """SMS and e-mail with the link to the person's page; about the request, not about a case."""
    context = {
        "number": request.number,
        "right": _in_city_language(request),
        "agency": request.agency.name,
        "link": queries.link_of(request),
        "city": settings.CITY["name"],
        **more,
    }
    told = Told(Subject(REQUEST, request.pk), to, context, request.agency_id)
    telling.tell_citizens([told], template, at=at)


def roc(at: datetime) -> str:
    """An instant for a letter, in the city's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return formats.roc_datetime(at)


def _in_city_language(request: Request) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(queries.RIGHTS[Right(request.right)])


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
