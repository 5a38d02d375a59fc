"""Answers given once: the same idempotency key never does the work twice."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yankao.base.errors import Invalid
from yankao.kernel.doors.models import KeptAnswer
from yankao.kernel.doors.services.knocks import KEEP_ANSWERS


class KeyReused(Invalid):
    """The idempotency key came with another request before."""


def answer_once(
    *,
    scope: str,
    route: str,
    key: str,
    content: bytes,
    work: Callable[[], tuple[int, Any]],
    at: datetime,
) -> tuple[int, Any]:
    """Do ``work`` and keep its answer (status, JSON), or give the one kept for 24 hours.

    Answer and work are written in the same transaction, so after a crash there are both or none; a
    second request waits for the first. A refusal is not kept: the request may be sent again.
    Raises KeyReused when the same key came with other content.
    """
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        _wait_for_turn(f"{scope} {route} {key}")
        known = KeptAnswer.objects.filter(pk=(scope, route, key))
        earlier = known.filter(kept_at__gt=at - KEEP_ANSWERS).first()
        if earlier is not None:
            return _repeated(earlier, digest)
        known.delete()
        status, body = work()
        KeptAnswer.objects.create(
            scope=scope, route=route, key=key, digest=digest, status=status, body=body, kept_at=at
        )
    return status, body


def _wait_for_turn(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 12))", [name])


def _repeated(earlier: KeptAnswer, digest: str) -> tuple[int, Any]:
    if earlier.digest != digest:
        message = _("這個 Idempotency-Key 已用在另一個要求。請換一個新的再送出。")
        raise KeyReused("doors.idempotency_key_reused", message, "Idempotency-Key")
    return earlier.status, earlier.body
