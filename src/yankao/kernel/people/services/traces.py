"""Traces: of signing in for a while, of taking the directory out for ever."""

from dataclasses import asdict
from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.people import queries
from yankao.kernel.people.models import OpenSession
from yankao.kernel.trail import services as trail

ATTEMPTS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=1)
SIGN_INS_KEPT = timedelta(days=180)
"""示範值: half a year of sign-ins, to be set by the city's own rules."""

DIRECTORY = Subject("kernel.people.list", 0)


def record_export(*, filters: queries.PeopleFilter, actor: Actor, at: datetime) -> None:
    """Write down that the directory was taken out, narrowed to what, and how many people.

    What was searched for is often a name and therefore kept where it can be erased.
    """
    narrowed = {name: value for name, value in asdict(filters).items() if value}
    searched = narrowed.pop("q", "")
    trail.record(
        actor=actor,
        action="kernel.people.exported",
        subject=DIRECTORY,
        at=at,
        new={
            "filters": narrowed,
            "rows": queries.count_people(actor, filters=filters, at=at),
        },
        personal={"q": searched} if searched else None,
    )


def forget_old_traces(*, at: datetime) -> int:
    """Remove failed attempts, sign-ins and sessions that are past keeping; returns how many."""
    with transaction.atomic():
        removed = [
            AccessAttempt.objects.filter(attempt_time__lt=at - ATTEMPTS_KEPT).delete()[0],
            AccessLog.objects.filter(attempt_time__lt=at - SIGN_INS_KEPT).delete()[0],
            Session.objects.filter(expire_date__lt=at).delete()[0],
            OpenSession.objects.filter(seen_at__lt=at - SESSIONS_KEPT).delete()[0],
        ]
    return sum(removed)
