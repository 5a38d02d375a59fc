"""Keys: issue, replace, revoke. The secret leaves here once and is stored only as a hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid, Refused
from yankao.base.subjects import Subject
from yankao.kernel.doors import declarations, permissions, queries, rules
from yankao.kernel.doors.models import ApiKey, KeySecret
from yankao.kernel.people import queries as people
from yankao.kernel.trail import services as trail

LARGEST_QUOTA = 10_000_000
LONGEST_OVERLAP_DAYS = 90


class KeyWrong(Invalid):
    """Something about the key cannot be so; the field says what."""


class KeyOver(Refused):
    """The key is revoked or expired; only a new one helps."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A key and its secret, which nobody can read again."""

    key: ApiKey
    secret: str


def issue_key(
    *,
    application: str,
    purpose: str,
    scopes: Iterable[str],
    quota_per_day: int,
    expires_on: date | None,
    actor: Actor,
    at: datetime,
    contact_agency: str | None = None,
) -> Issued:
    """A new key; ``quota_per_day`` are calls a day in Taipei, ``expires_on`` the last valid day.

    Raises ManagingForbidden, KeyWrong, AgencyUnknown.
    """
    _permit(actor)
    scopes = sorted(set(scopes))
    _check(application, purpose, scopes, quota_per_day)
    _check_day(expires_on, at)
    if contact_agency is not None:
        people.agency(contact_agency)
    with transaction.atomic():
        key = ApiKey.objects.create(
            application=application.strip(),
            purpose=purpose.strip(),
            contact_agency_id=contact_agency,
            scopes=scopes,
            quota_per_day=quota_per_day,
            expires_on=expires_on,
            issued_at=at,
            issued_by=actor.key,
            issued_by_name=actor.name,
        )
        secret = _new_secret(key, at)
        new = {
            "application": key.application,
            "scopes": scopes,
            "quota_per_day": quota_per_day,
            "expires_on": expires_on,
            "prefix": rules.prefix_of(secret),
        }
        _record(key, "issued", actor=actor, at=at, new=new)
    return Issued(key, secret)


def replace_key(*, key_id: int, old_valid_days: int, actor: Actor, at: datetime) -> Issued:
    """A new secret for the key; the one before stays valid for so many days (0 = ends now).

    What was replaced earlier ends at once: two secrets are valid at most.
    Raises ManagingForbidden, KeyUnknown, KeyOver, KeyWrong.
    """
    if not 0 <= old_valid_days <= LONGEST_OVERLAP_DAYS:
        message = _("舊金鑰可以再用 0 到 %(most)s 天。") % {"most": LONGEST_OVERLAP_DAYS}
        raise KeyWrong("doors.overlap_wrong", message, "old_valid_days")
    with transaction.atomic():
        key = _locked(key_id, actor)
        _require_active(key, at)
        until = at + timedelta(days=old_valid_days)
        key.secrets.filter(valid_until__gt=at).update(valid_until=at)
        key.secrets.filter(valid_until__isnull=True).update(valid_until=until)
        secret = _new_secret(key, at)
        new = {"prefix": rules.prefix_of(secret), "old_valid_until": until}
        _record(key, "replaced", actor=actor, at=at, new=new)
    return Issued(key, secret)


def revoke_key(*, key_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """End the key now, with all its secrets.

    Raises ManagingForbidden, KeyUnknown, KeyOver, KeyWrong.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= 300:
        raise KeyWrong("doors.reason_missing", _("請寫明撤銷的理由（300 字以內）。"), "reason")
    with transaction.atomic():
        key = _locked(key_id, actor)
        if key.revoked_at is not None:
            raise KeyOver("doors.key_revoked", _("這把金鑰已經撤銷，不必再撤銷。"))
        key.revoked_at, key.revoked_by, key.revoked_by_name = at, actor.key, actor.name
        key.revoke_reason = reason
        key.save(update_fields=["revoked_at", "revoked_by", "revoked_by_name", "revoke_reason"])
        _record(key, "revoked", actor=actor, at=at, new={"revoked": True}, reason=reason)


def _new_secret(key: ApiKey, at: datetime) -> str:
    prefix, secret = rules.new_secret()
    KeySecret.objects.create(prefix=prefix, digest=queries.digest_of(secret), key=key, issued_at=at)
    return secret


def _permit(actor: Actor) -> None:
    if not permissions.may_manage_keys(actor):
        raise queries.may_not_manage()


def _locked(key_id: int, actor: Actor) -> ApiKey:
    _permit(actor)
    key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise queries.key_unknown()
    return key


def _require_active(key: ApiKey, at: datetime) -> None:
    over = key.expires_on is not None and key.expires_on < rules.day_of(at)
    if key.revoked_at is not None or over:
        raise KeyOver("doors.key_over", _("這把金鑰已撤銷或到期，請核發新的金鑰。"))


def _check(application: str, purpose: str, scopes: list[str], quota_per_day: int) -> None:
    if not 0 < len(application.strip()) <= 100:
        message = _("請填應用程式的名稱（100 字以內）。")
        raise KeyWrong("doors.application_missing", message, "application")
    if not 0 < len(purpose.strip()) <= 300:
        raise KeyWrong("doors.purpose_missing", _("請填用途（300 字以內）。"), "purpose")
    unknown = set(scopes) - set(declarations.scope_titles())
    if unknown or not scopes:
        message = _("請至少選一項金鑰可以做的事，並只選清單裡的項目。")
        raise KeyWrong("doors.scopes_wrong", message, "scopes")
    if not 0 < quota_per_day <= LARGEST_QUOTA:
        message = _("每日配額須在 1 到 %(most)s 之間。") % {"most": LARGEST_QUOTA}
        raise KeyWrong("doors.quota_wrong", message, "quota_per_day")


def _check_day(expires_on: date | None, at: datetime) -> None:
    if expires_on is not None and expires_on < rules.day_of(at):
        raise KeyWrong("doors.expiry_past", _("有效期限已經過去，請改成今天或以後。"), "expires_on")


def _record(
    key: ApiKey,
    verb: str,
    *,
    actor: Actor,
    at: datetime,
    new: dict[str, object],
    reason: str = "",
) -> None:
    trail.record(
        actor=actor,
        action=f"kernel.doors.key_{verb}",
        subject=Subject(queries.KEY_KIND, key.pk),
        at=at,
        new=new,
        reason=reason,
        agency=key.contact_agency_id,
    )
