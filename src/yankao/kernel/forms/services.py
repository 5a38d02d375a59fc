"""Writing forms and keeping answers. The calling system has decided that the actor may."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid, Refused
from yankao.base.subjects import Subject
from yankao.kernel.forms import queries, rules
from yankao.kernel.forms.models import AnswerSheet, Form, FormVersion
from yankao.kernel.trail import services as trail

KIND = "kernel.forms.version"


class ShapeRefused(Invalid):
    """The questions contradict themselves."""


class NotDraft(Refused):
    """Only a draft is published; a published version never changes."""


class PublishedChanged(Refused):
    """The city pack gives other questions to a version that was published."""


class AnswersRefused(Invalid):
    """The answers do not fit the questions."""


def save_draft(
    *, form: str, title: str, title_en: str, shape: Mapping[str, Any], actor: Actor, at: datetime
) -> FormVersion:
    """The form's draft with these questions, made when there is none. Raises ShapeRefused."""
    _check_shape(shape)
    with transaction.atomic():
        kept, _new = Form.objects.get_or_create(
            code=form, defaults={"title": title, "title_en": title_en}
        )
        Form.objects.select_for_update().get(pk=kept.pk)
        draft = FormVersion.objects.filter(form=kept, published_at__isnull=True).first()
        if draft is None:
            newest = FormVersion.objects.filter(form=kept).order_by("-version").first()
            number = newest.version + 1 if newest else 1
            draft = FormVersion(form=kept, version=number)
        draft.shape, draft.made_at, draft.made_by_name = dict(shape), at, actor.name
        draft.save()
        _record("kernel.forms.drafted", draft, actor, at)
    return draft


def copy_version(*, version_id: int, actor: Actor, at: datetime) -> FormVersion:
    """A draft with the questions of an earlier version; in place of the draft there is, if any."""
    source = FormVersion.objects.select_related("form").filter(pk=version_id).first()
    if source is None:
        raise queries.FormUnknown("forms.unknown", _("沒有這份表單。"))
    return save_draft(
        form=source.form_id,
        title=source.form.title,
        title_en=source.form.title_en,
        shape=source.shape,
        actor=actor,
        at=at,
    )


def publish_version(*, version_id: int, actor: Actor, at: datetime) -> FormVersion:
    """From now on it can be answered, and never changes. Raises FormUnknown, NotDraft."""
    with transaction.atomic():
        draft = FormVersion.objects.select_for_update().filter(pk=version_id).first()
        if draft is None:
            raise queries.FormUnknown("forms.unknown", _("沒有這份表單。"))
        if draft.published_at is not None:
            message = _("這一版已經發布，不能再改。請複製成新的一版。")
            raise NotDraft("forms.not_draft", message)
        draft.published_at = at
        draft.save(update_fields=["published_at"])
        _record("kernel.forms.published", draft, actor, at)
    return draft


def load_version(
    *,
    form: str,
    title: str,
    title_en: str,
    version: int,
    shape: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> int:
    """A published version out of the city pack; again = nothing new. Returns its id.

    Raises ShapeRefused, and PublishedChanged when that version asks something else.
    """
    _check_shape(shape)
    with transaction.atomic():
        kept, _new = Form.objects.update_or_create(
            code=form, defaults={"title": title, "title_en": title_en}
        )
        there = FormVersion.objects.filter(form=kept, version=version).first()
        if there is not None:
            if there.shape != shape:
                message = _("表單 %(form)s 第 %(version)s 版已經發布，題目不能改；請加一版。")
                told = {"form": form, "version": version}
                raise PublishedChanged("forms.published_changed", message % told)
            return there.pk
        made = FormVersion.objects.create(
            form=kept,
            version=version,
            shape=dict(shape),
            made_at=at,
            made_by_name=actor.name,
            published_at=at,
        )
        _record("kernel.forms.published", made, actor, at)
    return made.pk


def keep_answers(*, version_id: int, answers: Mapping[str, Any], at: datetime) -> AnswerSheet:
    """Keep answers to a published version, without those to hidden questions.

    The day is kept, not the hour. Raises FormUnknown, AnswersRefused. Leaves no trail of its own:
    who was asked belongs to the system that asked.
    """
    found = queries.version(version_id)
    if not found.is_published:
        raise queries.FormUnknown("forms.unknown", _("沒有這份表單。"))
    result = rules.checked(found.shape, answers)
    if result.problems:
        message = _("有題目還沒答好，請看標示的地方。")
        raise AnswersRefused("forms.answers_refused", message, next(iter(result.problems)))
    on = at.astimezone(TAIPEI).date()
    return AnswerSheet.objects.create(version_id=version_id, answers=result.answers, answered_on=on)


def _check_shape(shape: Mapping[str, Any]) -> None:
    try:
        rules.read_shape(shape)
    except rules.ShapeWrong as error:
        message = _("表單的題目有錯：%(where)s") % {"where": error}
        raise ShapeRefused("forms.shape_refused", message) from error


def _record(action: str, version: FormVersion, actor: Actor, at: datetime) -> None:
    new = {"form": version.form_id, "version": version.version, "shape": version.shape}
    subject = Subject(KIND, version.pk)
    trail.record(actor=actor, action=action, subject=subject, at=at, new=new)
