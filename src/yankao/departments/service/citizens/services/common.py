"""What the services share: one row of the trail about an account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.departments.service.citizens.models import Citizen
from yankao.departments.service.citizens.queries import actor_of
from yankao.departments.service.citizens.workflow import KIND
from yankao.kernel.trail import services as trail


def record(
    verb: str,
    citizen: Citizen,
    at: datetime,
    *,
    new: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> None:
    """The citizen did it, unless somebody else is named."""
    trail.record(
        actor=actor or actor_of(citizen),
        action=f"{KIND}.{verb}",
        subject=Subject(KIND, citizen.pk),
        at=at,
        new=new,
        personal=personal,
    )
