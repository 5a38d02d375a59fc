"""What the commission changes of a survey's questions: a draft, then a new version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid, Refused
from yankao.departments.service.satisfaction import queries
from yankao.departments.service.satisfaction.models import SurveyVersion
from yankao.departments.service.satisfaction.services.surveys import locked_version, open_version
from yankao.departments.service.satisfaction.workflow import AGAIN
from yankao.kernel.forms import queries as declared
from yankao.kernel.forms import services as forms
from yankao.kernel.forms.queries import VersionView
from yankao.kernel.forms.rules import Kind, Shape, read_shape


class QuestionsWrong(Invalid):
    """Nobody could say how satisfied they are."""


class NothingChanged(Refused):
    """The draft asks what is asked already."""


def start_draft(*, survey: str, actor: Actor, at: datetime) -> None:
    """Begin to change the questions; goes on where somebody began. Raises SurveyUnknown."""
    forms.start_draft(form=_form(survey, actor), actor=actor, at=at)


def save_question(
    *, survey: str, row: Mapping[str, Any], replaces: str, actor: Actor, at: datetime
) -> None:
    """Add a question to the draft or change one. Raises SurveyUnknown, forms' refusals."""
    form = _form(survey, actor)
    forms.save_question(form=form, row=row, replaces=replaces, actor=actor, at=at)


def remove_question(*, survey: str, name: str, actor: Actor, at: datetime) -> None:
    """Take a question out of the draft. Raises SurveyUnknown, forms' refusals."""
    forms.remove_question(form=_form(survey, actor), name=name, actor=actor, at=at)


def move_question(*, survey: str, name: str, by: int, actor: Actor, at: datetime) -> None:
    """Put a question so many places later. Raises SurveyUnknown, forms' refusals."""
    forms.move_question(form=_form(survey, actor), name=name, by=by, actor=actor, at=at)


def undo_draft(*, survey: str, actor: Actor, at: datetime) -> None:
    """Bring back the draft before its last change. Raises SurveyUnknown, forms' refusals."""
    forms.undo_draft(form=_form(survey, actor), actor=actor, at=at)


def discard_draft(*, survey: str, actor: Actor, at: datetime) -> None:
    """Throw the draft away. Raises SurveyUnknown, forms' FormUnknown."""
    forms.discard_draft(form=_form(survey, actor), actor=actor, at=at)


def take_questions(*, survey: str, shape: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    """Questions read from a workbook become the draft; undoing brings the old draft back.

    Raises SurveyUnknown, QuestionsWrong, forms' ShapeRefused.
    """
    with transaction.atomic():
        form = _form(survey, actor)
        there = declared.published(form)
        check_questions(read_shape(shape))
        forms.start_draft(form=form, actor=actor, at=at)
        forms.save_draft(
            form=form, title=there.title, title_en="", shape=shape, actor=actor, at=at
        )  # fmt: skip


def publish_draft(*, survey: str, actor: Actor, at: datetime) -> SurveyVersion:
    """From now on the draft is asked, of the same share. Whoever was asked before answers what
    they were asked. Raises SurveyUnknown, QuestionsWrong, NothingChanged, forms' FormUnknown."""
    with transaction.atomic():
        current = locked_version(survey, actor)
        draft = _draft(survey)
        check_questions(draft.shape)
        if draft.shape == declared.version(current.form_version_id).shape:
            message = _("題目和現在使用的一樣，不需要發布。")
            raise NothingChanged("satisfaction.nothing_changed", message)
        made = forms.publish_version(version_id=draft.id, actor=actor, at=at)
        return open_version(current.survey, made.pk, current.share_pct, actor, at)


def check_questions(shape: Shape) -> None:
    """Whether a survey of satisfaction can ask this. Raises QuestionsWrong."""
    if not any(one.kind is Kind.SCALE for one in shape.questions):
        message = _("至少要有一題五級量表，滿意度由第一題量表計算。")
        raise QuestionsWrong("satisfaction.no_scale", message)
    if any(one.name == AGAIN for one in shape.questions):
        message = _("題目的代碼不能用「%(name)s」，那是系統最後自動加的一題。")
        raise QuestionsWrong("satisfaction.name_reserved", message % {"name": AGAIN})


def _form(survey: str, actor: Actor) -> str:
    """The survey's form, for who may change it. Raises SurveyUnknown."""
    return queries.form_of(queries.questions_for(actor, survey).survey.code)


def _draft(survey: str) -> VersionView:
    draft = declared.draft(queries.form_of(survey))
    if draft is None:
        message = _("沒有修改中的草稿，請先開始修改。")
        raise declared.FormUnknown("forms.no_draft", message)
    return draft
