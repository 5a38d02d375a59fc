"""Second factors (第二道驗證): one-time codes of an app, passkeys, recovery codes.

Kept in the tables of django-allauth, which checks passkeys; written here only, so that every change
has its trail and its notice and ``Person.second_factor_at`` is always true.
"""

import hmac
import unicodedata
from datetime import datetime
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible, Refused
from yankao.kernel.people import lockout
from yankao.kernel.people.models import Person
from yankao.kernel.people.queries import actor_for, person_subject
from yankao.kernel.people.queries.factors import (
    RECOVERY_CODES,
    factors_of,
    must_have_factor,
    recovery_codes,
)
from yankao.kernel.people.services.persons import (
    locked_person,
    permit_managing,
    refuse_oneself,
    require_reason,
    sign_out_everywhere,
)
from yankao.kernel.people.services.telling import tell
from yankao.kernel.people.words import factor_title
from yankao.kernel.trail import services as trail

Kind = Authenticator.Type
MOST_PASSKEYS = 10


class FactorUnknown(NotVisible):
    """The person has no such factor."""


class FactorPresent(Refused):
    """One app and ten passkeys are the most."""


class LastFactor(Refused):
    """Staff keep at least one second factor."""


class NoFactor(Refused):
    """There is nothing to remove, or nothing recovery codes could stand in for."""


def add_app(*, secret: str, actor: Actor, at: datetime) -> Person:
    """The actor's own app for one-time codes; ``secret`` is its base32 key, seen to work.

    The first factor brings recovery codes and ends all sessions: whoever knew only the password
    is out. Raises FactorPresent.
    """
    with transaction.atomic():
        person = locked_person(actor.person_id or 0)
        if Authenticator.objects.filter(user=person, type=Kind.TOTP).exists():
            raise FactorPresent(
                "people.app_present", _("您已經設定驗證程式。要換一支手機，請先移除原來的。")
            )
        kept = {"secret": encrypt(secret), "last_step": _step(at)}
        return _added(person, Kind.TOTP, kept, actor=actor, at=at)


def add_passkey(*, name: str, credential: dict[str, Any], actor: Actor, at: datetime) -> Person:
    """The actor's own passkey; ``credential`` is the browser's answer, checked by allauth.

    As for ``add_app``. Raises FactorPresent.
    """
    with transaction.atomic():
        person = locked_person(actor.person_id or 0)
        if Authenticator.objects.filter(user=person, type=Kind.WEBAUTHN).count() >= MOST_PASSKEYS:
            raise FactorPresent(
                "people.passkeys_full", _("您已有 10 把通行金鑰，請先移除不再使用的。")
            )
        kept = {"name": name, "credential": credential}
        return _added(person, Kind.WEBAUTHN, kept, actor=actor, at=at)


def rename_passkey(*, factor_id: int, name: str, actor: Actor, at: datetime) -> None:
    """Call the actor's own passkey something else. Raises FactorUnknown."""
    with transaction.atomic():
        person = locked_person(actor.person_id or 0)
        row = _own(person, factor_id)
        old, row.data["name"] = row.data.get("name"), name
        row.save(update_fields=["data"])
        trail.record(
            actor=actor,
            action="kernel.people.passkey_renamed",
            subject=person_subject(person.pk),
            at=at,
            personal={"old": {"name": old}, "new": {"name": name}},
            agency=person.agency_id,
        )


def remove_factor(*, factor_id: int, actor: Actor, at: datetime) -> Person:
    """Remove the actor's own app or passkey; with the last one the recovery codes go and all
    sessions end. Raises FactorUnknown, LastFactor.
    """
    with transaction.atomic():
        person = locked_person(actor.person_id or 0)
        row = _own(person, factor_id)
        is_last = len(factors_of(person.pk)) == 1
        if is_last and must_have_factor(actor_for(person, at), is_demo=person.is_demo):
            raise LastFactor(
                "people.last_factor",
                _("這是您唯一的第二道驗證，不能移除。請先加入另一種，再移除這一種。"),
            )
        row.delete()
        if is_last:
            _leave_without(person)
        entry = _record(
            person,
            "kernel.people.factor_removed",
            old={"factor": row.type},
            actor=actor,
            at=at,
        )
        tell(
            person_id=person.pk,
            template="people.factor_removed",
            entry=entry,
            at=at,
            factor=factor_title(row.type),
        )
    return person


def remove_all_factors(*, person_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Let a person who lost theirs begin again with the password alone; all sessions end.

    Raises ManagingForbidden, PersonUnknown, ReasonMissing, OwnAccount, NoFactor.
    """
    with transaction.atomic():
        person = locked_person(person_id)
        permit_managing(actor)
        require_reason(reason)
        refuse_oneself(
            actor,
            person_id,
            _("自己的第二道驗證請到「我的帳號」移除；遺失時請由另一位帳號管理人辦理。"),
        )
        kinds = sorted(factor.kind for factor in factors_of(person_id))
        if not kinds:
            raise NoFactor("people.no_factor", _("這個人還沒有設定第二道驗證，沒有可以移除的。"))
        Authenticator.objects.filter(user=person).delete()
        _leave_without(person)
        lockout.forget_failures(person.account)
        entry = _record(
            person,
            "kernel.people.factors_reset",
            old={"factors": kinds},
            reason=reason.strip(),
            actor=actor,
            at=at,
        )
        tell(
            person_id=person_id,
            template="people.factors_reset",
            entry=entry,
            at=at,
            by=actor.name,
            reason=reason.strip(),
        )


def make_recovery_codes(*, actor: Actor, at: datetime) -> None:
    """New recovery codes for the actor; the old ones are worth nothing. Raises NoFactor."""
    with transaction.atomic():
        person = locked_person(actor.person_id or 0)
        if not factors_of(person.pk):
            raise NoFactor("people.no_factor_yet", _("請先設定驗證程式或通行金鑰，再產生備用碼。"))
        _put_recovery_codes(person, at)
        entry = _record(person, "kernel.people.recovery_codes_made", actor=actor, at=at)
        tell(person_id=person.pk, template="people.recovery_codes_made", entry=entry, at=at)


def spend_code(*, person_id: int, code: str, at: datetime) -> Authenticator | None:
    """The person's app or recovery codes, if the code is theirs and unused; it is used up by that.

    None for a code that is wrong or was used before. Whoever calls counts the failure.
    """
    typed = "".join(c for c in unicodedata.normalize("NFKC", code) if c in "0123456789")
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user_id=person_id)
        for row in rows.filter(type=Kind.TOTP):
            if _spend_step(row, typed, at):
                return row
        for row in rows.filter(type=Kind.RECOVERY_CODES):
            if row.wrap().validate_code(typed):
                _tell_code_used(row, at)
                return row
    return None


def warn_of_wrong_codes(*, person_id: int, at: datetime) -> None:
    """Somebody who knows the password failed at the codes until the account was locked."""
    person = Person.objects.get(pk=person_id)
    with transaction.atomic():
        actor = actor_for(person, at)
        entry = _record(person, "kernel.people.codes_wrong", actor=actor, at=at)
        tell(person_id=person_id, template="people.codes_wrong", entry=entry, at=at)


def _step(at: datetime) -> int:
    return int(at.timestamp() // app_settings.TOTP_PERIOD)


def _spend_step(row: Authenticator, typed: str, at: datetime) -> bool:
    """Whether the code is that of a step around ``at`` and later than the last one used (RFC 6238,
    section 5.2: no code is taken twice)."""
    secret, around = decrypt(row.data["secret"]), app_settings.TOTP_TOLERANCE
    for step in range(_step(at) - around, _step(at) + around + 1):
        right = totp.format_hotp_value(totp.hotp_value(secret, step))
        if hmac.compare_digest(right, typed) and step > row.data.get("last_step", 0):
            row.data["last_step"] = step
            row.save(update_fields=["data"])
            return True
    return False


def _tell_code_used(row: Authenticator, at: datetime) -> None:
    person = row.user
    left = len(recovery_codes(person.pk))
    entry = _record(
        person,
        "kernel.people.recovery_code_used",
        new={"left": left},
        actor=actor_for(person, at),
        at=at,
    )
    tell(
        person_id=person.pk,
        template="people.recovery_code_used",
        entry=entry,
        at=at,
        left=str(left),
    )


def _own(person: Person, factor_id: int) -> Authenticator:
    mine = Authenticator.objects.filter(user=person).exclude(type=RECOVERY_CODES)
    row = mine.filter(pk=factor_id).first()
    if row is None:
        raise FactorUnknown("people.factor_unknown", _("找不到這項驗證方式，可能已經移除。"))
    return row


def _added(
    person: Person, kind: str, kept: dict[str, Any], *, actor: Actor, at: datetime
) -> Person:
    Authenticator.objects.create(user=person, type=kind, data=kept, created_at=at)
    if person.second_factor_at is None:
        person.second_factor_at = at
        _put_recovery_codes(person, at)
        sign_out_everywhere(person)
        person.save(update_fields=["second_factor_at", "session_epoch"])
    entry = _record(person, "kernel.people.factor_added", new={"factor": kind}, actor=actor, at=at)
    tell(
        person_id=person.pk,
        template="people.factor_added",
        entry=entry,
        at=at,
        factor=factor_title(kind),
    )
    return person


def _put_recovery_codes(person: Person, at: datetime) -> None:
    Authenticator.objects.filter(user=person, type=RECOVERY_CODES).delete()
    kept = {"seed": encrypt(RecoveryCodes.generate_seed()), "used_mask": 0}
    Authenticator.objects.create(user=person, type=RECOVERY_CODES, data=kept, created_at=at)


def _leave_without(person: Person) -> None:
    Authenticator.objects.filter(user=person).delete()
    person.second_factor_at = None
    sign_out_everywhere(person)
    person.save(update_fields=["second_factor_at", "session_epoch"])


def _record(
    person: Person,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    reason: str = "",
) -> int:
    return trail.record(
        actor=actor,
        action=action,
        subject=person_subject(person.pk),
        at=at,
        old=old,
        new=new,
        reason=reason,
        agency=person.agency_id,
    )
