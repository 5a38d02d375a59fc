"""Second answers: owed by the agency, written in the room of replies, ended when sent."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, Refused
from yankao.base.subjects import Subject
from yankao.departments.service.satisfaction import permissions, queries
from yankao.departments.service.satisfaction.models import Invitation, Response, SecondAnswer
from yankao.departments.service.satisfaction.workflow import SECOND_ANSWER, Standing
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.obligations import services as obligations
from yankao.kernel.replies import services as replies
from yankao.kernel.trail import services as trail

TERM = "satisfaction.second_answer"


class StillReachable(Refused):
    """Whoever can be reached is answered."""


class NotOurs(Forbidden):
    """A second answer belongs to the section chief or head of the agency."""


def open_second(
    found: Invitation, response: Response, *, actor: Actor, at: datetime
) -> SecondAnswer:
    """The agency owes a second answer by the term of the pack."""
    assert response.level is not None
    made = SecondAnswer.objects.create(
        response=response,
        subject_kind=found.subject_kind,
        subject_id=found.subject_id,
        number=found.number,
        item=found.item,
        item_name=found.item_name,
        agency_id=found.agency_id,
        level=response.level,
        state=Standing.OPEN,
        asked_at=at,
    )
    on = at.astimezone(TAIPEI).date()
    made.obligation = obligations.open_obligation(
        kind=SECOND_ANSWER,
        subject=Subject(SECOND_ANSWER, made.pk),
        number=made.number,
        title=_("不滿意的再回復：%(item)s") % {"item": made.item_name},
        debtor_agency=made.agency_id,
        term=calendar.term_in_force(TERM, on),
        opened_at=at,
        address=queries.SecondAnswerSubjects().address(made.pk),
        actor=actor,
        at=at,
    )
    made.save(update_fields=["obligation"])
    _record("asked", made, actor, at)
    return made


def take_reply(*, second_id: int, actor: Actor, at: datetime) -> SecondAnswer | None:
    """The reply went out: the obligation is fulfilled. None when it was ended before."""
    with transaction.atomic():
        found = SecondAnswer.objects.select_for_update().filter(pk=second_id).first()
        if found is None or found.state != Standing.OPEN:
            return None
        assert found.obligation_id is not None, "opened with the row"
        obligations.fulfil_obligation(obligation_id=found.obligation_id, actor=actor, at=at)
        _end(found, Standing.SENT, at)
        _record("sent", found, actor, at)
    return found


def close_unreachable(*, second_id: int, reason: str, actor: Actor, at: datetime) -> SecondAnswer:
    """Nobody can be written to: ended for a reason.

    Raises SecondUnknown, NotOurs, StillReachable.
    """
    with transaction.atomic():
        queries.second_for(actor, second_id)
        found = SecondAnswer.objects.select_for_update().get(pk=second_id)
        if not permissions.may_answer(actor, found):
            message = _("由主辦機關的科長或首長決定。")
            raise NotOurs("satisfaction.second_not_yours", message)
        person = queries.person_of(found)
        if person is not None and (person.phone or person.email):
            message = _("這位民眾聯絡得到，請寫再回復。")
            raise StillReachable("satisfaction.still_reachable", message)
        assert found.obligation_id is not None, "opened with the row"
        obligations.lapse_obligation(
            obligation_id=found.obligation_id, reason=reason, actor=actor, at=at
        )
        replies.drop_reply(
            subject=Subject(SECOND_ANSWER, found.pk),
            agency=found.agency_id,
            reason=reason,
            actor=actor,
            at=at,
        )
        found.reason = reason
        _end(found, Standing.CLOSED, at)
        _record("closed", found, actor, at, reason)
    return found


def _end(found: SecondAnswer, state: Standing, at: datetime) -> None:
    found.state, found.ended_at = state, at
    found.save(update_fields=["state", "ended_at", "reason"])


def _record(move: str, found: SecondAnswer, actor: Actor, at: datetime, reason: str = "") -> None:
    trail.record(
        actor=actor,
        action=f"service.satisfaction.second_{move}",
        subject=Subject(SECOND_ANSWER, found.pk),
        at=at,
        new={"state": found.state, "level": found.level},
        reason=reason,
        agency=found.agency_id,
    )
