"""Taking answers: by link once, by phone from the list; what was refused or not reached."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.departments.service.satisfaction import queries, rules
from yankao.departments.service.satisfaction.models import Invitation, Response
from yankao.departments.service.satisfaction.services.second import open_second
from yankao.departments.service.satisfaction.workflow import SURVEY, Asked, Channel, Permission
from yankao.kernel.forms import queries as forms_read
from yankao.kernel.forms import services as forms
from yankao.kernel.forms.rules import Kind, Shape
from yankao.kernel.trail import services as trail


class AlreadyAnswered(Refused):
    """A link is used once."""


def answer_by_link(
    *, token: str, answers: Mapping[str, Any], wants_second: bool, actor: Actor, at: datetime
) -> Response:
    """Take the answers behind a link, once.

    ``wants_second``: the dissatisfied person asks to be answered again; only then does anybody
    learn which record it was. Raises InvitationEnded, AlreadyAnswered, forms' AnswersRefused.
    """
    uuid = queries.uuid_in(token)
    if uuid is None:
        raise queries.ended()
    with transaction.atomic():
        rows = Invitation.objects.select_for_update(of=("self",)).filter(uuid=uuid)
        found = rows.filter(channel__in=[Channel.SMS, Channel.EMAIL]).first()
        if found is None or (found.state == Asked.OPEN and found.expires_at <= at):
            raise queries.ended()
        if found.state == Asked.ANSWERED:
            message = _("這個連結已經用過，您的意見我們收到了，謝謝。")
            raise AlreadyAnswered("satisfaction.already_answered", message)
        if found.state != Asked.OPEN:
            raise queries.ended()
        return _answer(found, answers, wants_second, actor, at)


def answer_by_phone(
    *,
    invitation_id: int,
    answers: Mapping[str, Any],
    wants_second: bool,
    actor: Actor,
    at: datetime,
) -> Response:
    """Write down what somebody answered on the phone. Raises InvitationEnded, AnswersRefused."""
    with transaction.atomic():
        found = _locked_call(invitation_id, actor, at)
        return _answer(found, answers, wants_second, actor, at)


def record_call(*, invitation_id: int, outcome: Asked, actor: Actor, at: datetime) -> Invitation:
    """A call without answers: refused is missing at once, not reached after so many attempts.

    Raises InvitationEnded when somebody else has finished the call meanwhile.
    """
    assert outcome in (Asked.REFUSED, Asked.NOT_REACHED)
    with transaction.atomic():
        found = _locked_call(invitation_id, actor, at)
        found.attempts += 1
        if outcome == Asked.REFUSED or found.attempts >= queries.call_attempts():
            found.state, found.ended_on = outcome, at.astimezone(TAIPEI).date()
        found.save(update_fields=["attempts", "state", "ended_on"])
        trail.record(
            actor=actor,
            action="service.satisfaction.called",
            subject=Subject(SURVEY, found.version_id),
            at=at,
            new={"outcome": outcome, "attempts": found.attempts},
            agency=found.agency_id,
        )
    return found


def _locked_call(invitation_id: int, actor: Actor, at: datetime) -> Invitation:
    found = None
    if actor.holds(Permission.CALL):
        rows = Invitation.objects.select_for_update(of=("self",))
        found = rows.filter(
            pk=invitation_id, channel=Channel.PHONE, state=Asked.OPEN, expires_at__gt=at
        ).first()
    if found is None:
        raise queries.no_call()
    return found


def _answer(
    found: Invitation,
    answers: Mapping[str, Any],
    wants_second: bool,
    actor: Actor,
    at: datetime,
) -> Response:
    form_version = found.version.form_version_id
    sheet = forms.keep_answers(version_id=form_version, answers=answers, at=at)
    shape = forms_read.version(form_version).shape
    response = Response.objects.create(
        version_id=found.version_id,
        sheet=sheet,
        subject_kind=found.subject_kind,
        agency_id=found.agency_id,
        item=found.item,
        channel=found.channel,
        level=_level(shape, sheet.answers),
        answered_on=sheet.answered_on,
        has_words=any(
            one.kind is Kind.TEXT and one.name in sheet.answers for one in shape.questions
        ),
    )
    found.state, found.ended_on = Asked.ANSWERED, sheet.answered_on
    found.save(update_fields=["state", "ended_on"])
    trail.record(
        actor=actor,
        action="service.satisfaction.answered",
        subject=Subject(SURVEY, found.version_id),
        at=at,
        new={"channel": found.channel},
        agency=found.agency_id,
    )
    if wants_second and response.level in rules.DISSATISFIED:
        open_second(found, response, actor=actor, at=at)
    return response


def _level(shape: Shape, answers: Mapping[str, Any]) -> int | None:
    """The first scale's level; None where no opinion was given."""
    scale = next((one.name for one in shape.questions if one.kind is Kind.SCALE), "")
    given = str(answers.get(scale, ""))
    return int(given) if given.isdecimal() else None


def open_call(*, invitation_id: int, actor: Actor, at: datetime) -> queries.CallRow:
    """The call with the number to dial; that somebody saw it is written down.

    Raises InvitationEnded.
    """
    found = queries.call_for(actor, invitation_id, at=at)
    trail.record(
        actor=actor,
        action="service.satisfaction.call_opened",
        subject=Subject(SURVEY, found.version_id),
        at=at,
        personal={"number": found.survey.number},
    )
    return found
