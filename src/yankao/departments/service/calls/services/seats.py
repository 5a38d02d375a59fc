"""Who sits where, and the scripts of the city pack."""

import tomllib
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.departments.service.calls.models import Script, Seat
from yankao.departments.service.calls.rules import dangers
from yankao.departments.service.calls.workflow import Permission
from yankao.kernel.people.queries import PERSON_KIND
from yankao.kernel.trail import services as trail


class PackMalformed(Invalid):
    """A script of the city pack cannot be read."""


class SeatTaken(Refused):
    """Somebody else has that name at the exchange."""


def set_seat(
    *,
    person_id: int,
    login: str,
    skills: Sequence[str],
    is_active: bool,
    actor: Actor,
    at: datetime,
) -> Seat:
    """Who answers under that name of the exchange. Raises Forbidden, SeatTaken."""
    if not actor.holds(Permission.SUPERVISE):
        raise Forbidden("calls.seats_not_yours", _("席位由話務督導登記。"))
    try:
        with transaction.atomic():
            seat, is_new = Seat.objects.update_or_create(
                person_id=person_id,
                defaults={"login": login, "skills": sorted(set(skills)), "is_active": is_active},
            )
    except IntegrityError as error:
        message = _("這個席位代碼已經登記給別人，請先改那一位的。")
        raise SeatTaken("calls.seat_taken", message, "login") from error
    trail.record(
        actor=actor,
        action="service.calls.seat_set",
        subject=Subject(PERSON_KIND, person_id),
        at=at,
        new={"login": login, "skills": seat.skills, "is_active": is_active, "is_new": is_new},
    )
    return seat


def load_scripts(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """call_scripts/*.toml: what to tell callers in danger. Raises PackMalformed."""
    codes = set()
    for rank, row in enumerate(rows):
        try:
            table = tomllib.loads(row["toml"])
            script = dangers.read_script(table)
        except (KeyError, TypeError, ValueError) as error:
            text = _("話術 %(file)s 讀不懂：%(error)s") % {"file": row["file"], "error": error}
            raise PackMalformed("calls.pack_script", text) from error
        codes.add(script.code)
        Script.objects.update_or_create(code=script.code, defaults={"rank": rank, "table": table})
    Script.objects.exclude(code__in=codes).delete()
    return len(rows)
