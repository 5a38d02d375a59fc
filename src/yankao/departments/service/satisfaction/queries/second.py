"""Second answers: the list, one of them, and what the room of replies asks about them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.satisfaction import permissions
from yankao.departments.service.satisfaction.models import SecondAnswer
from yankao.departments.service.satisfaction.queries.asked import ended, token_of, uuid_in
from yankao.departments.service.satisfaction.workflow import (
    SECOND_ANSWER,
    Permission,
    Standing,
)
from yankao.kernel.forms.declarations import AskedAbout, surveyed
from yankao.kernel.replies import queries as replies
from yankao.kernel.replies.declarations import Citizen, ReplyBrief
from yankao.kernel.replies.queries.replies import SentView

_SALT = "service.satisfaction.second_answer"


class SecondUnknown(NotVisible):
    """There is no such second answer, or not for this actor."""


def seconds_for(actor: Actor, *, is_open: bool | None = None) -> QuerySet[SecondAnswer]:
    """Second answers of the agencies where the actor reads them; what is due first, first."""
    agencies = actor.agencies_for(Permission.SECOND)
    rows = SecondAnswer.objects.select_related("agency", "obligation")
    if agencies is not None:
        rows = rows.filter(agency__in=sorted(agencies))
    if is_open is not None:
        rows = rows.filter(state=Standing.OPEN) if is_open else rows.exclude(state=Standing.OPEN)
    return rows.order_by("asked_at" if is_open else "-asked_at", "pk")


def second_for(actor: Actor, second_id: int) -> SecondAnswer:
    """One second answer. Raises SecondUnknown."""
    row = seconds_for(actor).select_related("response__sheet__version").filter(pk=second_id).first()
    if row is None:
        raise SecondUnknown("satisfaction.second_unknown", _("沒有這一筆不滿意案件。"))
    return row


def person_of(second: SecondAnswer) -> AskedAbout | None:
    """Who is to be answered, as the record's system knows them now."""
    offer = surveyed().get(second.subject_kind)
    return offer.asked_about([second.subject_id]).get(second.subject_id) if offer else None


def citizen_link(uuid: UUID) -> str:
    """Where the citizen reads the second answer."""
    address = reverse("service_satisfaction:second_answer", args=[token_of(uuid, _SALT)])
    return f"{settings.YANKAO_ORIGIN}{address}"


def sent_to_citizen(token: str) -> tuple[SecondAnswer, list[SentView]]:
    """What was answered, behind the signed link. Raises InvitationEnded when forged."""
    uuid = uuid_in(token, _SALT)
    row = SecondAnswer.objects.select_related("agency").filter(uuid=uuid).first() if uuid else None
    if row is None:
        raise ended()
    return row, replies.sent_replies(Subject(SECOND_ANSWER, row.pk))


class SecondAnswerSubjects:
    """What other rooms may ask about second answers."""

    kind = SECOND_ANSWER

    def title(self, id: int) -> str:
        row = SecondAnswer.objects.filter(pk=id).first()
        return f"{row.number} {row.item_name}" if row else f"{SECOND_ANSWER}:{id}"

    def address(self, id: int) -> str:
        return reverse("service_satisfaction:second", args=[id])

    def may_see(self, actor: Actor, id: int) -> bool:
        row = SecondAnswer.objects.filter(pk=id).first()
        return row is not None and permissions.may_see_second(actor, row)


class SecondAnswerReplies:
    """Second answers are written, approved and sent like every reply of the house."""

    kind = SECOND_ANSWER
    reply_placeholders: Mapping[str, Any] = {}
    reply_stages: Mapping[str, Any] = {"second": gettext_lazy("不滿意的再回復")}

    def reply_items(self) -> Mapping[str, Any]:
        return {}

    def reply_brief(self, id: int, agency: str) -> ReplyBrief | None:
        row = SecondAnswer.objects.select_related("obligation").filter(pk=id, agency=agency).first()
        if row is None:
            return None
        person = person_of(row)
        return ReplyBrief(
            number=row.number,
            title=_("不滿意的再回復：%(item)s") % {"item": row.item_name},
            citizen=_citizen(person),
            item=row.item,
            item_name=row.item_name,
            stage="second",
            route="satisfaction",
            received_at=row.asked_at,
            due_at=row.obligation.due_at if row.obligation else None,
            link=citizen_link(row.uuid),
            is_answerable=row.state == Standing.OPEN,
        )

    def may_reply(self, actor: Actor, id: int, agency: str) -> bool:
        row = SecondAnswer.objects.filter(pk=id, agency=agency).first()
        return row is not None and permissions.may_answer(actor, row)


def _citizen(person: AskedAbout | None) -> Citizen:
    if person is None:
        return Citizen()
    reachable = (("email", person.email), ("sms", person.phone))
    return Citizen(
        name=person.name,
        email=person.email,
        phone=person.phone,
        channels=tuple(channel for channel, address in reachable if address),
        language=person.language,
    )


class SecondAnswerEchoes:
    """Second answers go with the person who asked for them."""

    def echoes(self, subject: Subject) -> list[Subject]:
        rows = SecondAnswer.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
        return [Subject(SECOND_ANSWER, pk) for pk in rows.values_list("pk", flat=True)]
