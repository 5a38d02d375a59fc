"""A case in other hands (改分): forth but not back, and the commission is warned of loops."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.notices import services as notices
from yankao.kernel.people import queries as people
from yankao.kernel.people.rules import Role


def goes_in_circles(
    subject: Subject, agency: str, *, times: int, allowed: int, permission: str, actor: Actor
) -> bool:
    """Whether only the commission may decide this: the agency had the case, or it moved often."""
    if actor.agencies_for(permission) is None:
        return False
    held = {tenure.agency for tenure in people.tenures_of(subject)}
    return agency in held or times >= allowed


def reassignments_allowed(system: str) -> int:
    """How often agencies may pass a case on among themselves (city.toml, 示範值)."""
    return int(settings.CITY.get(system, {}).get("reassignments_allowed", 2))


def is_agency(code: str) -> bool:
    """Whether there is such an agency."""
    return code in {agency.code for agency in people.agencies()}


def warn_commission(
    template: str, subject: Subject, context: Mapping[str, object], *, at: datetime
) -> None:
    """Tell everybody of the commission, in their inboxes."""
    commission = people.people_with(role=Role.COMMISSION, at=at)
    notices.send_many(
        template=template,
        channel="in_app",
        messages=[
            notices.Message(notices.Recipient(person_id=person.id), context, subject)
            for person in commission
        ],
        at=at,
    )
