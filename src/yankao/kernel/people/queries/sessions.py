"""Reading where somebody is signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from yankao.kernel.people.models import OpenSession


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser somebody is signed in with; ``is_here`` = the one that asks."""

    id: int
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_here: bool


def sessions_of(person_id: int, *, at: datetime, here: str | None = None) -> list[SessionView]:
    """The sessions still open at ``at``, the one of the key ``here`` first; one query."""
    rows = OpenSession.objects.filter(
        Exists(Session.objects.filter(pk=OuterRef("session_key"))),
        person_id=person_id,
        seen_at__gt=at - timedelta(minutes=settings.YANKAO_IDLE_MINUTES),
        began_at__gt=at - timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )
    views = [
        SessionView(
            id=row.pk,
            browser=row.browser,
            address=row.address,
            began_at=row.began_at,
            seen_at=row.seen_at,
            is_here=row.session_key == here,
        )
        for row in rows
    ]
    return sorted(views, key=lambda view: not view.is_here)
