"""Five failures lock an account for fifteen minutes, in every process (django-axes).

An account that does not exist is counted, locked and answered exactly like one that does.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yankao.base.http import Request
from yankao.kernel.people.rules import account_key

MAX_LENGTH = 64


class AccountHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts failures of an account over all addresses and browsers."""

    def user_login_failed(
        self,
        sender: str,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        """Count the failure; the fifth starts the fifteen minutes for all of them together.

        Without that, failures counted under another address would expire earlier and cut the
        lock short.
        """
        was_locked = bool(getattr(request, "axes_locked_out", False))
        super().user_login_failed(sender, credentials, request, **kwargs)
        if getattr(request, "axes_locked_out", False) and not was_locked:
            attempts = AccessAttempt.objects.filter(username=account_of(request, credentials))
            attempts.update(attempt_time=cast(Any, request).axes_attempt_time)


def account_of(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str:
    """The account somebody tried to sign in with, as it is kept."""
    typed = (credentials or {}).get("username") or (credentials or {}).get("account")
    if not typed and request is not None:
        typed = request.POST.get("login", "")
    return account_key(str(typed or ""))[:MAX_LENGTH]


def take_turn(account: str) -> None:
    """Let attempts for one account come one after the other until the transaction ends.

    Otherwise many at once would all be checked before the first is counted.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"people.sign-in:{account}"]
        )


def locked_until(account: str, at: datetime) -> datetime | None:
    """When the account may try again; None when it may now."""
    return locks_at(at, account=account).get(account)


def locks_at(at: datetime, *, account: str | None = None) -> dict[str, datetime]:
    """All accounts locked at ``at`` and when each opens again."""
    attempts = AccessAttempt.objects.filter(attempt_time__gte=at - settings.AXES_COOLOFF_TIME)
    if account is not None:
        attempts = attempts.filter(username=account)
    totals = (
        attempts.order_by()
        .values("username")
        .annotate(failures=Sum("failures_since_start"), last_at=Max("attempt_time"))
    )
    return {
        row["username"]: row["last_at"] + settings.AXES_COOLOFF_TIME
        for row in totals
        if row["failures"] >= settings.AXES_FAILURE_LIMIT
    }


def forget_failures(account: str) -> int:
    """Open the account again; returns how many counters were removed."""
    removed, _ = AccessAttempt.objects.filter(username=account).delete()
    return int(removed)


def answer(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The page that says when to try again (429)."""
    now = cast(Request, request).now
    until = locked_until(account_of(request, credentials), now) or now
    minutes = max(1, -(-int((until - now).total_seconds()) // 60))
    response = render(
        request, "kernel_people/locked.html", {"until": until, "minutes": minutes}, status=429
    )
    response["Retry-After"] = str(minutes * 60)
    return response


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for too many attempts from one address (429); the root's ``handler429``."""
    response = render(request, "kernel_people/too_many.html", status=429)
    response["Retry-After"] = "60"
    return response
