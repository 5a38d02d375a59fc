"""Who is signed in, and what an account holds."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.departments.service.citizens import rules
from yankao.departments.service.citizens.models import Citizen, Passkey, Session, SignIn
from yankao.departments.service.citizens.workflow import KIND

COOKIE = "yankao_citizen"
"""Beside the staff's session and never in it (ADR 0044)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The citizen behind a request, and the session that says so."""

    citizen: Citizen
    session: Session


def digest_of(secret: str) -> str:
    """What is kept of a random secret."""
    return sha256(secret.encode()).hexdigest()


def signed_in(secret: str, *, at: datetime) -> SignedIn | None:
    """Who holds the cookie; None when it is unknown, over, or rested too long."""
    if not secret:
        return None
    row = Session.objects.select_related("citizen").filter(digest=digest_of(secret)).first()
    if row is None or rules.is_over(
        until_at=row.until_at, seen_at=row.seen_at, own_device=row.is_own_device, at=at
    ):
        return None
    return SignedIn(row.citizen, row)


def actor_of(citizen: Citizen) -> Actor:
    """As history knows them: by the account, without a name and without any permission."""
    return Actor(key=f"citizen:{citizen.uuid}", name=_("民眾"))


def pending(key: str, *, at: datetime) -> SignIn | None:
    """The code the browser waits for; None when there is none that can still be used."""
    rows = SignIn.objects.filter(used_at=None, until_at__gt=at, tries__lt=rules.MOST_TRIES)
    return rows.filter(key=key).first() if key else None


def sessions_of(citizen: Citizen, *, at: datetime) -> list[Session]:
    """Browsers signed in now, the latest first."""
    rows = citizen.sessions.filter(until_at__gt=at)
    return [
        row
        for row in rows
        if not rules.is_over(
            until_at=row.until_at, seen_at=row.seen_at, own_device=row.is_own_device, at=at
        )
    ]


def passkeys_of(citizen: Citizen) -> QuerySet[Passkey]:
    """Their passkeys, the oldest first."""
    return citizen.passkeys.all()


def account_copy(citizen: Citizen, *, at: datetime) -> dict[str, Any]:
    """Everything the account holds, in JSON's types (個人資料保護法 §10)."""
    return {
        "email": citizen.email,
        "created_at": citizen.created_at.isoformat(),
        "seen_at": citizen.seen_at.isoformat(),
        "sessions": [
            {
                "browser": row.browser,
                "began_at": row.began_at.isoformat(),
                "seen_at": row.seen_at.isoformat(),
                "own_device": row.is_own_device,
            }
            for row in sessions_of(citizen, at=at)
        ],
        "passkeys": [
            {"name": row.name, "made_at": row.made_at.isoformat()} for row in passkeys_of(citizen)
        ],
        "devices_with_push": [
            {"since": row.made_at.isoformat(), "wants": row.wants}
            for row in citizen.subscriptions.order_by("pk")
        ],
        "added_cases": [
            {"number": row.number, "added_at": row.at.isoformat(), "reported": row.is_reported}
            for row in citizen.kept.order_by("pk")
        ],
    }


class AccountSubjects:
    """Accounts in the trail: by their key, seen by nobody from outside."""

    kind = KIND

    def title(self, id: int) -> str:
        """No address."""
        return _("我的案件帳號 %(id)s") % {"id": id}

    def address(self, id: int) -> str:
        """There is no page of it for others."""
        return ""

    def may_see(self, actor: Actor, id: int) -> bool:
        """Nobody: accounts are shown to their owners, who are no actors with permissions."""
        return False
