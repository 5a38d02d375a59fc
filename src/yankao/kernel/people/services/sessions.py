"""Where somebody is signed in: kept, followed and ended."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.kernel.people.models import OpenSession
from yankao.kernel.people.queries import person_subject
from yankao.kernel.people.services.persons import permit_managing
from yankao.kernel.trail import services as trail


class SessionUnknown(NotVisible):
    """There is no such session, or it is over."""


def keep_session(
    *,
    person_id: int,
    session_key: str,
    address: str,
    browser: str,
    began_at: datetime,
    at: datetime,
) -> None:
    """Write down where somebody is signed in, or that a known session is still in use."""
    row = OpenSession(
        person_id=person_id,
        session_key=session_key,
        address=address,
        browser=browser,
        began_at=began_at,
        seen_at=at,
    )
    OpenSession.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["person", "address", "browser", "seen_at"],
    )


def end_session(*, session_id: int, actor: Actor, at: datetime, keep: str = "") -> None:
    """End one session: one's own (but not the one of the key ``keep``), or anybody's for who
    manages accounts. Raises SessionUnknown, ManagingForbidden.
    """
    with transaction.atomic():
        rows = OpenSession.objects.select_for_update(of=("self",)).select_related("person")
        row = rows.filter(pk=session_id).exclude(session_key=keep).first()
        if row is None:
            raise SessionUnknown("people.session_unknown", _("找不到這個登入，可能已經登出。"))
        if row.person_id != actor.person_id:
            permit_managing(actor)
        Session.objects.filter(pk=row.session_key).delete()
        row.delete()
        trail.record(
            actor=actor,
            action="kernel.people.session_ended",
            subject=person_subject(row.person_id),
            at=at,
            personal={"address": row.address, "browser": row.browser},
            agency=row.person.agency_id,
        )
