"""Reading second factors: which somebody has, and who must have one."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings

from yankao.base.actors import Actor
from yankao.kernel.people.rules import is_staff

RECOVERY_CODES = Authenticator.Type.RECOVERY_CODES


@dataclass(frozen=True, slots=True)
class FactorView:
    """An app ("totp") or a passkey ("webauthn") of somebody; used_at None = never used."""

    id: int
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None


def factors_of(person_id: int) -> list[FactorView]:
    """The person's second factors, oldest first; recovery codes are none of them."""
    return factors_and_codes_of(person_id)[0]


def factors_and_codes_of(person_id: int) -> tuple[list[FactorView], int]:
    """``factors_of`` and how many recovery codes are left, in one query."""
    rows = list(Authenticator.objects.filter(user_id=person_id).order_by("created_at", "id"))
    codes = [len(_unused(row)) for row in rows if row.type == RECOVERY_CODES]
    return [_view(row) for row in rows if row.type != RECOVERY_CODES], sum(codes)


def recovery_codes(person_id: int) -> list[str]:
    """The recovery codes the person has not used yet; only ever for that person."""
    row = Authenticator.objects.filter(user_id=person_id, type=RECOVERY_CODES).first()
    return _unused(row) if row else []


def must_have_factor(actor: Actor, *, is_demo: bool) -> bool:
    """Whether YANKAO_SECOND_FACTOR asks a second factor of somebody who may do what the actor may.

    A role of staff in force is what counts; citizens are free.
    """
    policy = settings.YANKAO_SECOND_FACTOR
    asked = policy == "required" or (policy == "demo" and not is_demo)
    return asked and is_staff(actor.grants)


def _view(row: Authenticator) -> FactorView:
    return FactorView(
        id=row.pk,
        kind=row.type,
        name=row.data.get("name", ""),
        added_at=row.created_at,
        used_at=row.last_used_at,
    )


def _unused(row: Authenticator) -> list[str]:
    return list(row.wrap().get_unused_codes())
