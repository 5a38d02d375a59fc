"""Traces of signing in are kept for a while, not for ever."""

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction

ATTEMPTS_KEPT = timedelta(days=1)
SIGN_INS_KEPT = timedelta(days=180)
"""示範值: half a year of sign-ins, to be set by the city's own rules."""


def forget_old_traces(*, at: datetime) -> int:
    """Remove failed attempts, sign-ins and sessions that are past keeping; returns how many."""
    with transaction.atomic():
        removed = [
            AccessAttempt.objects.filter(attempt_time__lt=at - ATTEMPTS_KEPT).delete()[0],
            AccessLog.objects.filter(attempt_time__lt=at - SIGN_INS_KEPT).delete()[0],
            Session.objects.filter(expire_date__lt=at).delete()[0],
        ]
    return sum(removed)
