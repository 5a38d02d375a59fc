"""A browser takes pushes, chooses what, and stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.errors import Invalid
from yankao.departments.service.citizens import queries, rules
from yankao.departments.service.citizens.models import Citizen, Subscription, Watch
from yankao.departments.service.citizens.services.accounts import CaseUnknown
from yankao.kernel.casework import lookups
from yankao.kernel.casework.numbers import wait_for_key
from yankao.kernel.places import queries as places

MOST_WATCHES = 50


class ServiceUnknown(Invalid):
    """The address is none of a push service we know."""


class PlaceUnknown(Invalid):
    """No such district, or no such village in it."""


class TooManyWatches(Invalid):
    """Nobody follows so many cases on one phone."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What the browser's push manager tells: where to send, and how to encrypt."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants to be pushed, and for which place ("" = the whole city)."""

    categories: Sequence[str]
    district: str = ""
    village: str = ""


def subscribe(
    *,
    cookie: str,
    browser: Browser | None,
    wishes: Wishes,
    citizen: Citizen | None,
    language: str,
    at: datetime,
) -> Subscription:
    """Keep what the browser wants. Without ``browser`` that of the cookie changes its wishes.

    ``citizen`` only where the device is their own. Raises ServiceUnknown, PlaceUnknown.
    """
    _check_place(wishes)
    with transaction.atomic():
        row = queries.subscription_of(cookie, lock=True)
        if browser is not None:
            row = _of_browser(browser, row, at=at)
        if row is None:
            raise _unknown()
        row.wants = [c.value for c in rules.Category if c.value in wishes.categories]
        row.district_id, row.village_id = wishes.district or None, wishes.village or None
        row.citizen, row.language, row.failures = citizen, language[:10], 0
        row.save()
    return row


def renew(*, cookie: str, old: str, browser: Browser, at: datetime) -> Subscription:
    """The browser of the cookie gave itself a new address; its wishes stay.

    ``old`` is the address it had, "" where the browser does not tell. An address alone proves
    nothing: push services see them. Raises ServiceUnknown.
    """
    with transaction.atomic():
        known = queries.subscription_of(cookie, lock=True)
        if known is None or (old and old != known.endpoint):
            raise _unknown()
        row = _of_browser(browser, known, at=at)
        if row.pk != known.pk:
            raise _unknown()
        row.failures = 0
        row.save()
    return row


def unsubscribe(*, cookie: str) -> None:
    """Nothing is sent to the browser any more, and nothing of it is kept."""
    row = queries.subscription_of(cookie)
    if row is not None:
        row.delete()


def watch(*, cookie: str, number: str, code: str) -> None:
    """Follow a case by its check code. Raises ServiceUnknown, CaseUnknown, TooManyWatches."""
    number = number.strip().upper()
    with transaction.atomic():
        row = queries.subscription_of(cookie, lock=True)
        if row is None:
            raise _unknown()
        if lookups.address_by_code(number, code) is None:
            message = _("案號與查詢碼不符。請對照簡訊或收件畫面，再輸入一次。")
            raise CaseUnknown("citizens.case_unknown", message, "code")
        if row.watches.count() >= MOST_WATCHES:
            message = _("最多跟著 %(most)s 件，請先移除不用的。") % {"most": MOST_WATCHES}
            raise TooManyWatches("citizens.too_many_watches", message, "number")
        Watch.objects.get_or_create(subscription=row, number=number)
        if rules.Category.CASES not in row.wants:
            row.wants = [rules.Category.CASES.value, *row.wants]
            row.save(update_fields=["wants"])


def unwatch(*, cookie: str, number: str) -> None:
    """Follow it no longer."""
    row = queries.subscription_of(cookie)
    if row is not None:
        row.watches.filter(number=number).delete()


def detach(*, citizen: Citizen, cookie: str | None = None) -> None:
    """Who signs out is told of no cases of theirs here any more (None: on no device)."""
    rows = Subscription.objects.filter(citizen=citizen)
    if cookie is not None:
        known = queries.subscription_of(cookie)
        rows = rows.filter(pk=known.pk) if known else rows.none()
    rows.update(citizen=None)


def _of_browser(browser: Browser, known: Subscription | None, *, at: datetime) -> Subscription:
    """One row an endpoint. Without its cookie, whoever knows the keys as well is that browser."""
    allowed = rules.is_push_service(browser.endpoint, settings.YANKAO_PUSH_HOSTS)
    if not allowed or not rules.are_push_keys(browser.p256dh, browser.auth):
        raise _unknown()
    digest = sha256(browser.endpoint.encode()).hexdigest()
    wait_for_key(f"service.citizens:{digest}")  # pressed twice it is one row
    same = Subscription.objects.select_for_update().filter(digest=digest).first()
    if same is not None and (known is None or same.pk != known.pk):
        if (same.p256dh, same.auth) != (browser.p256dh, browser.auth):
            raise _unknown()
        if known is not None:
            known.delete()
    row = same or known or Subscription(made_at=at)
    row.endpoint, row.digest = browser.endpoint, digest
    row.p256dh, row.auth = browser.p256dh, browser.auth
    return row


def _check_place(wishes: Wishes) -> None:
    districts = {one.code for one in places.districts()}
    villages = {one.code for one in places.villages_of(wishes.district)} if wishes.village else {""}
    if (wishes.district and wishes.district not in districts) or wishes.village not in villages:
        message = _("請從清單選行政區與里。")
        raise PlaceUnknown("citizens.place_unknown", message, "district")


def _unknown() -> ServiceUnknown:
    message = _("這個瀏覽器的推播沒有開成，請按「開啟通知」再試一次。")
    return ServiceUnknown("citizens.push_unknown", message)
