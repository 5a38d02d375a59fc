"""Receipts that a provider posts to us; ``[notices.providers.<name>.receipts]`` tells how."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from yankao.base.errors import NotVisible, Unreadable
from yankao.kernel.notices.channels import Receipt
from yankao.kernel.notices.providers import PostedReceipts, provider_named
from yankao.kernel.notices.words import UNDELIVERED

LARGEST = 64 * 1024


class ProviderUnknown(NotVisible):
    """No provider of that name posts receipts, or the secret is wrong."""


class ReceiptUnreadable(Unreadable):
    """The body is neither a form nor JSON, or lacks the fields."""


def read(name: str, request: HttpRequest) -> Receipt | None:
    """The receipt; None while the letter is still on its way.

    Raises ProviderUnknown, ReceiptUnreadable.
    """
    provider = provider_named(name)
    posted = provider.posted if provider else None
    given = request.GET.get("secret", "")
    if posted is None or not posted.secret or not constant_time_compare(given, posted.secret):
        raise ProviderUnknown("notices.provider_unknown", _("沒有這個回報網址。"))
    return _receipt(posted, _fields(request))


def _receipt(posted: PostedReceipts, fields: dict[str, Any]) -> Receipt | None:
    reference = str(fields.get(posted.reference, ""))
    status = str(fields.get(posted.status, ""))
    if not reference or not status:
        raise _unreadable()
    if status in posted.delivered:
        return Receipt(reference)
    if status in posted.failures:
        return Receipt(reference, posted.failures[status], f"{UNDELIVERED}:{status[:40]}")
    return None


def _fields(request: HttpRequest) -> dict[str, Any]:
    if request.method == "GET":
        return request.GET.dict()
    if request.content_type != "application/json":
        return request.POST.dict()
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise _unreadable()
    try:
        fields = json.loads(request.body)
    except ValueError as error:
        raise _unreadable() from error
    if not isinstance(fields, dict):
        raise _unreadable()
    return fields


def _unreadable() -> ReceiptUnreadable:
    return ReceiptUnreadable("notices.receipt_unreadable", _("看不懂這個回報，請檢查欄位名稱。"))
