"""Who is asked: behind a link, or on the list of calls."""

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.satisfaction.models import Invitation
from yankao.departments.service.satisfaction.workflow import Asked, Channel, Permission
from yankao.kernel.casework.mine import Task
from yankao.kernel.forms import queries as forms
from yankao.kernel.forms.declarations import AskedAbout, surveyed
from yankao.kernel.forms.queries import VersionView
from yankao.kernel.forms.rules import words_of

_SALT = "service.satisfaction.invitation"
_SIGNED = 16


class InvitationEnded(NotVisible):
    """The link is forged, too old, or was used; nothing more is said about it."""


@dataclass(frozen=True, slots=True)
class PublicSurvey:
    """What is asked behind a link. ``state`` tells an answered link from an open one."""

    invitation_id: int
    title: str
    number: str
    item: str
    agency: str
    state: str
    expires_at: datetime
    form: VersionView

    def is_open(self, at: datetime) -> bool:
        return self.state == Asked.OPEN and at < self.expires_at


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call to be made. ``about`` holds the phone number; only in ``call_for``."""

    survey: PublicSurvey
    attempts: int
    asked_at: datetime
    version_id: int
    about: AskedAbout | None = None


def token_of(uuid: UUID, salt: str = _SALT) -> str:
    """The signed token in a link: which record, and a proof that we wrote it."""
    which = base64.urlsafe_b64encode(uuid.bytes).decode().rstrip("=")
    return f"{which}.{_signature(uuid, salt)}"


def answer_link(uuid: UUID) -> str:
    """The whole address of the survey's page."""
    return f"{settings.YANKAO_ORIGIN}{_answer_page(uuid)}"


def _answer_page(uuid: UUID) -> str:
    return reverse("service_satisfaction:answer", args=[token_of(uuid)])


def uuid_in(token: str, salt: str = _SALT) -> UUID | None:
    """The invitation a token names; None when we did not write it."""
    which, _dot, proof = token.partition(".")
    try:
        uuid = UUID(bytes=base64.urlsafe_b64decode(which + "=="))
    except (ValueError, binascii.Error):
        return None
    return uuid if constant_time_compare(proof, _signature(uuid, salt)) else None


def _signature(uuid: UUID, salt: str) -> str:
    digest = salted_hmac(salt, uuid.hex, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode()[:_SIGNED]


def public_survey(token: str) -> PublicSurvey:
    """What is behind the link, answered or expired too. Raises InvitationEnded when forged."""
    uuid = uuid_in(token)
    links = (Channel.SMS, Channel.EMAIL)
    row = _invitations().filter(uuid=uuid, channel__in=links).first() if uuid else None
    if row is None:
        raise ended()
    return survey_of(row)


def ended() -> InvitationEnded:
    """The refusal for a link that asks nothing any more."""
    message = _("這個連結已經失效，或網址不完整。有話想說，可以撥 %(phone)s。")
    told = {"phone": settings.CITY["phone"]}
    return InvitationEnded("satisfaction.link_ended", message % told)


def survey_of(row: Invitation) -> PublicSurvey:
    """What an invitation asks."""
    survey = row.version.survey
    return PublicSurvey(
        invitation_id=row.pk,
        title=words_of(survey.title, survey.title_en, get_language() or ""),
        number=row.number,
        item=row.item_name,
        agency=row.agency.name,
        state=row.state,
        expires_at=row.expires_at,
        form=forms.version(row.version.form_version_id),
    )


def calls_for(actor: Actor, *, at: datetime) -> QuerySet[Invitation]:
    """The calls still to be made, those tried least first. Empty for who makes none."""
    rows = _invitations().filter(channel=Channel.PHONE, state=Asked.OPEN, expires_at__gt=at)
    if not actor.holds(Permission.CALL):
        return rows.none()
    return rows.order_by("attempts", "asked_at", "pk")


def call_for(actor: Actor, invitation_id: int, *, at: datetime) -> CallRow:
    """One call with the number to dial. Raises InvitationEnded when it is no longer to be made."""
    row = calls_for(actor, at=at).filter(pk=invitation_id).first()
    if row is None:
        raise no_call()
    offer = surveyed().get(row.subject_kind)
    about = offer.asked_about([row.subject_id]).get(row.subject_id) if offer else None
    return CallRow(survey_of(row), row.attempts, row.asked_at, row.version_id, about)


def no_call() -> InvitationEnded:
    """The refusal for a call that is not to be made."""
    message = _("這通電話已經打完，或不在清單上。請回清單選下一通。")
    return InvitationEnded("satisfaction.call_ended", message)


def _invitations() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("version__survey", "agency")


class SurveyTasks:
    """Surveys that still wait for whoever reported a case."""

    def own_tasks(self, subjects: Collection[Subject], *, at: datetime) -> Mapping[Subject, Task]:
        """Asked by link and not answered; that one was answered nobody learns here (ADR 0033)."""
        ids = [subject.id for subject in subjects]
        links = (Channel.SMS, Channel.EMAIL)
        rows = Invitation.objects.filter(
            subject_kind__in={subject.kind for subject in subjects},
            subject_id__in=ids,
            channel__in=links,
            state=Asked.OPEN,
            expires_at__gt=at,
        )
        wanted = set(subjects)
        asked = ((Subject(row.subject_kind, row.subject_id), row) for row in rows)
        return {
            subject: Task(_("請告訴我們您滿不滿意"), _answer_page(row.uuid))
            for subject, row in asked
            if subject in wanted
        }
