"""Reading keys and counters."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, NotVisible
from yankao.base.subjects import Subject
from yankao.kernel.doors import declarations, permissions, rules
from yankao.kernel.doors.models import ApiKey, KeySecret, KeyUse, Tally
from yankao.kernel.doors.rules import Knocker

KEY_KIND = "kernel.doors.key"
PAGE_SIZE = 50
USE_DAYS = 30


class KeyUnknown(NotVisible):
    """No such key, or not for this actor to see."""


class ManagingForbidden(Forbidden):
    """The actor does not manage keys."""


@dataclass(frozen=True, slots=True)
class Client:
    """An application that showed a valid key; ``agency`` is whose it is ("" = nobody's)."""

    id: int
    application: str
    scopes: frozenset[str]
    quota_per_day: int
    agency: str = ""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as its manager sees it; ``state`` is active, expired or revoked."""

    id: int
    application: str
    purpose: str
    prefix: str
    scopes: tuple[str, ...]
    contact_agency: str
    quota_per_day: int
    used_today: int
    used_lately: int
    last_used_on: date | None
    issued_at: datetime
    issued_by: str
    expires_on: date | None
    revoked_at: datetime | None
    revoked_by: str
    revoke_reason: str
    old_valid_until: datetime | None
    state: str


def client_of(secret: str, *, at: datetime) -> Client | None:
    """Whose key it is, at most one query; None when unknown, replaced, expired or revoked.

    The secret is hashed before anything is looked up and compared in constant time.
    """
    offered = digest_of(secret)
    prefix = rules.prefix_of(secret)
    if not prefix:
        return None
    found = KeySecret.objects.select_related("key").filter(prefix=prefix).first()
    if found is None or not hmac.compare_digest(found.digest, offered):
        return None
    if found.valid_until is not None and found.valid_until <= at:
        return None
    key = found.key
    if _state(key, at) != "active":
        return None
    agency = key.contact_agency_id or ""
    return Client(key.pk, key.application, frozenset(key.scopes), key.quota_per_day, agency)


def digest_of(secret: str) -> str:
    """The keyed hash under which a secret is stored; SECRET_KEY is the pepper."""
    return salted_hmac("yankao.doors.key", secret, algorithm="sha256").hexdigest()


def who_hash(who: Knocker, at: datetime) -> str:
    """A knocker for one day in Taipei: nobody reads the address back or links two days."""
    salt = f"yankao.doors.who.{rules.day_of(at).isoformat()}"
    return salted_hmac(salt, f"{who.kind}:{who.name}", algorithm="sha256").hexdigest()[:32]


def knocks(*, door: str, who: Knocker, at: datetime) -> int:
    """How often the knocker has come within the door's first window."""
    seconds = declarations.door(door).limits[0][1]
    tally = Tally.objects.filter(
        door=door,
        who=who_hash(who, at),
        seconds=seconds,
        started_at=rules.window_start(at, seconds),
    )
    return tally.values_list("count", flat=True).first() or 0


def keys_page(actor: Actor, *, number: int | str = 1, at: datetime) -> Page[Any]:
    """The keys, those in force first. Raises ManagingForbidden."""
    _permit(actor)
    page = Paginator(_described(at), PAGE_SIZE).get_page(number)
    page.object_list = [_row(key, at) for key in page.object_list]
    return page


def key_for(actor: Actor, key_id: int, *, at: datetime) -> KeyRow:
    """One key. Raises ManagingForbidden, KeyUnknown."""
    _permit(actor)
    key = _described(at).filter(pk=key_id).first()
    if key is None:
        raise key_unknown()
    return _row(key, at)


def key_unknown() -> KeyUnknown:
    """The refusal for a key that is not there."""
    return KeyUnknown("doors.key_unknown", _("找不到這把金鑰，請回金鑰清單選擇。"))


def _permit(actor: Actor) -> None:
    if not permissions.may_manage_keys(actor):
        raise may_not_manage()


def may_not_manage() -> ManagingForbidden:
    """The refusal for those who do not manage keys."""
    return ManagingForbidden("doors.may_not_manage", _("只有帳號管理人可以管理 API 金鑰。"))


def _described(at: datetime) -> QuerySet[Any]:
    today = rules.day_of(at)
    uses = KeyUse.objects.filter(key=OuterRef("pk")).order_by()
    lately = uses.filter(day__gt=today - timedelta(days=USE_DAYS), day__lte=today)
    current = KeySecret.objects.filter(key=OuterRef("pk"), valid_until__isnull=True)
    return (
        ApiKey.objects.select_related("contact_agency")
        .annotate(
            used_today=_total(uses.filter(day=today), Sum("count")),
            used_lately=_total(lately, Sum("count")),
            last_used_on=Subquery(uses.values("key").annotate(n=Max("day")).values("n")),
            prefix=Subquery(current.values("prefix")[:1]),
            old_valid_until=Max(
                "secrets__valid_until", filter=Q(secrets__valid_until__gt=at), default=None
            ),
            is_over=Q(revoked_at__isnull=False) | Q(expires_on__isnull=False, expires_on__lt=today),
        )
        .order_by("is_over", "application", "pk")
    )


def _total(uses: QuerySet[Any], amount: Any) -> Any:
    total = Subquery(uses.values("key").annotate(n=amount).values("n"))
    return Coalesce(total, Value(0), output_field=IntegerField())


def _row(key: Any, at: datetime) -> KeyRow:
    state = _state(key, at)
    titles = declarations.scope_titles()
    return KeyRow(
        id=key.pk,
        application=key.application,
        purpose=key.purpose,
        prefix=key.prefix or "",
        scopes=tuple(str(titles.get(scope, scope)) for scope in key.scopes),
        contact_agency=key.contact_agency.name if key.contact_agency else "",
        quota_per_day=key.quota_per_day,
        used_today=key.used_today,
        used_lately=key.used_lately,
        last_used_on=key.last_used_on,
        issued_at=key.issued_at,
        issued_by=key.issued_by_name,
        expires_on=key.expires_on,
        revoked_at=key.revoked_at,
        revoked_by=key.revoked_by_name,
        revoke_reason=key.revoke_reason,
        old_valid_until=key.old_valid_until if state == "active" else None,
        state=state,
    )


def _state(key: ApiKey, at: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_on is not None and key.expires_on < rules.day_of(at):
        return "expired"
    return "active"


class KeySubjects:
    """What others may say about a key: its application, only to those who manage keys."""

    kind = KEY_KIND

    def title(self, id: int) -> str:
        key = ApiKey.objects.filter(pk=id).first()
        return key.application if key else str(Subject(self.kind, id))

    def address(self, id: int) -> str:
        return "/doors/keys/"

    def may_see(self, actor: Actor, id: int) -> bool:
        return permissions.may_manage_keys(actor)
