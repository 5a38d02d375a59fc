"""Writing forms and keeping answers. The calling system has decided that the actor may."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import copy_values, reserve_ids
from yankao.base.errors import Invalid, Refused
from yankao.base.subjects import Subject
from yankao.kernel.forms import editing, queries, rules, words
from yankao.kernel.forms.models import AnswerSheet, Form, FormVersion
from yankao.kernel.trail import services as trail

KIND = "kernel.forms.version"


class ShapeRefused(Invalid):
    """The questions contradict themselves."""


class NotDraft(Refused):
    """Only a draft is published; a published version never changes."""


class NothingToUndo(Refused):
    """The draft has no earlier state."""


class PublishedChanged(Refused):
    """The city pack gives other questions to a version that was published."""


class AnswersRefused(Invalid):
    """The answers do not fit the questions."""


def save_draft(
    *, form: str, title: str, title_en: str, shape: Mapping[str, Any], actor: Actor, at: datetime
) -> FormVersion:
    """The form's draft with these questions, made when there is none; what it asked before can be
    brought back. Raises ShapeRefused."""
    _check_shape(shape)
    with transaction.atomic():
        kept, _new = Form.objects.get_or_create(
            code=form, defaults={"title": title, "title_en": title_en}
        )
        Form.objects.select_for_update().get(pk=kept.pk)
        draft = FormVersion.objects.filter(form=kept, published_at__isnull=True).first()
        if draft is None:
            newest = FormVersion.objects.filter(form=kept).order_by("-version").first()
            draft = FormVersion(form=kept, version=newest.version + 1 if newest else 1)
        else:
            draft.earlier = [*draft.earlier, draft.shape][-editing.MOST_STEPS :]
        _keep(draft, dict(shape), actor, at)
    return draft


def start_draft(*, form: str, actor: Actor, at: datetime) -> FormVersion:
    """The form's draft, begun with what the newest published version asks. Raises FormUnknown."""
    with transaction.atomic():
        there = FormVersion.objects.filter(form=form, published_at__isnull=True).first()
        if there is not None:
            return there
        return copy_version(version_id=queries.published(form).id, actor=actor, at=at)


def save_question(
    *, form: str, row: Mapping[str, Any], replaces: str = "", actor: Actor, at: datetime
) -> FormVersion:
    """Add a question to the draft, or change the one it replaces.

    Raises FormUnknown without a draft or question, ShapeRefused.
    """
    return _edit(form, lambda rows: editing.placed(rows, row, replaces=replaces), actor, at)


def remove_question(*, form: str, name: str, actor: Actor, at: datetime) -> FormVersion:
    """Take a question out of the draft. Raises FormUnknown, ShapeRefused where others need it."""
    return _edit(form, lambda rows: editing.without(rows, name), actor, at)


def move_question(*, form: str, name: str, by: int, actor: Actor, at: datetime) -> FormVersion:
    """Put a question so many places later. Raises FormUnknown, ShapeRefused."""
    return _edit(form, lambda rows: editing.moved(rows, name, by), actor, at)


def undo_draft(*, form: str, actor: Actor, at: datetime) -> FormVersion:
    """Bring back what the draft asked before the last change. Raises FormUnknown, NothingToUndo."""
    with transaction.atomic():
        draft = _locked_draft(form)
        if not draft.earlier:
            raise NothingToUndo("forms.nothing_to_undo", _("沒有可以復原的修改。"))
        *draft.earlier, shape = draft.earlier
        return _keep(draft, shape, actor, at)


def discard_draft(*, form: str, actor: Actor, at: datetime) -> None:
    """Throw the draft away; published versions stay. Raises FormUnknown."""
    with transaction.atomic():
        draft = _locked_draft(form)
        _record("kernel.forms.discarded", draft, actor, at)
        draft.delete()


def _edit(
    form: str,
    change: Callable[[list[Mapping[str, Any]]], list[Mapping[str, Any]]],
    actor: Actor,
    at: datetime,
) -> FormVersion:
    """One change to the draft as it is now, so that two editors do not undo each other."""
    with transaction.atomic():
        draft = _locked_draft(form)
        try:
            shape = {"questions": change(draft.shape["questions"])}
        except KeyError as error:
            message = _("這一題已經不在草稿裡，請重新整理頁面。")
            raise queries.FormUnknown("forms.question_unknown", message) from error
        _check_shape(shape)
        draft.earlier = [*draft.earlier, draft.shape][-editing.MOST_STEPS :]
        return _keep(draft, shape, actor, at)


def _locked_draft(form: str) -> FormVersion:
    rows = FormVersion.objects.select_for_update().filter(form=form, published_at__isnull=True)
    draft = rows.first()
    if draft is None:
        raise queries.FormUnknown("forms.no_draft", _("沒有修改中的草稿，請先開始修改。"))
    return draft


def _keep(draft: FormVersion, shape: dict[str, Any], actor: Actor, at: datetime) -> FormVersion:
    old = draft.shape if draft.pk else None
    draft.shape, draft.made_at, draft.made_by_name = shape, at, actor.name
    draft.save()
    _record("kernel.forms.drafted", draft, actor, at, old=old)
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
        draft.published_at, draft.earlier = at, []
        draft.save(update_fields=["published_at", "earlier"])
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

    Where its number was meanwhile given to a version made here, it gets the next one. Raises
    ShapeRefused, and PublishedChanged when that version asks something else.
    """
    _check_shape(shape)
    with transaction.atomic():
        kept, _new = Form.objects.update_or_create(
            code=form, defaults={"title": title, "title_en": title_en}
        )
        versions = list(FormVersion.objects.filter(form=kept))
        there = next((one for one in versions if _pack_number(one, actor) == version), None)
        if there is not None:
            if there.shape != shape:
                message = _("表單 %(form)s 第 %(version)s 版已經發布，題目不能改；請加一版。")
                told = {"form": form, "version": version}
                raise PublishedChanged("forms.published_changed", message % told)
            return there.pk
        taken = {one.version for one in versions}
        made = FormVersion.objects.create(
            form=kept,
            version=max(taken) + 1 if version in taken else version,
            pack_version=version,
            shape=dict(shape),
            made_at=at,
            made_by_name=actor.name,
            published_at=at,
        )
        _record("kernel.forms.published", made, actor, at)
    return made.pk


def _pack_number(version: FormVersion, loader: Actor) -> int | None:
    """Which version of the pack it is; those loaded before this was kept have the pack's number."""
    if version.pack_version is None and version.made_by_name == loader.name:
        return version.version
    return version.pack_version


def keep_answers(*, version_id: int, answers: Mapping[str, Any], at: datetime) -> AnswerSheet:
    """Keep answers to a published version, without those to hidden questions.

    The day is kept, not the hour. Raises FormUnknown, AnswersRefused. Leaves no trail of its own:
    who was asked belongs to the system that asked.
    """
    found = queries.version(version_id)
    if not found.is_published:
        raise queries.FormUnknown("forms.unknown", _("沒有這份表單。"))
    kept = _checked(found.shape, answers)
    on = at.astimezone(TAIPEI).date()
    return AnswerSheet.objects.create(version_id=version_id, answers=kept, answered_on=on)


def keep_many_answers(
    *, version_id: int, sheets: Sequence[tuple[Mapping[str, Any], date]]
) -> list[int]:
    """Set-based ``keep_answers``: answers and their day each; the sheets' ids in order.

    Raises as it does.
    """
    found = queries.version(version_id)
    if not found.is_published:
        raise queries.FormUnknown("forms.unknown", _("沒有這份表單。"))
    ids = reserve_ids(AnswerSheet, len(sheets))
    kept = [_checked(found.shape, answers) for answers, _on in sheets]
    rows = zip(ids, kept, (on for _answers, on in sheets), strict=True)
    copy_values(
        AnswerSheet,
        ("id", "version_id", "answers", "answered_on"),
        ([id_, version_id, answers, on] for id_, answers, on in rows),
    )
    return ids


def _checked(shape: rules.Shape, answers: Mapping[str, Any]) -> rules.Answers:
    result = rules.checked(shape, answers)
    if result.problems:
        message = _("有題目還沒答好，請看標示的地方。")
        raise AnswersRefused("forms.answers_refused", message, next(iter(result.problems)))
    return result.answers


def _check_shape(shape: Mapping[str, Any]) -> None:
    try:
        rules.read_shape(shape)
    except rules.ShapeWrong as error:
        raise ShapeRefused("forms.shape_refused", words.wrong_words(error)) from error


def _record(
    action: str,
    version: FormVersion,
    actor: Actor,
    at: datetime,
    *,
    old: Mapping[str, Any] | None = None,
) -> None:
    new = {"form": version.form_id, "version": version.version, "shape": version.shape}
    subject = Subject(KIND, version.pk)
    before = {"shape": old} if old is not None else None
    trail.record(actor=actor, action=action, subject=subject, at=at, old=before, new=new)
