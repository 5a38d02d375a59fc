"""Reading forms and answers. Who may see answers is decided by the system that asked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from yankao.base.errors import NotVisible
from yankao.kernel.forms import rules
from yankao.kernel.forms.models import AnswerSheet, FormVersion
from yankao.kernel.forms.rules import Answers, Shape


class FormUnknown(NotVisible):
    """There is no such form, or none of it is published."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a form, read; ``rows`` are its questions as they are kept."""

    id: int
    form: str
    title: str
    version: int
    shape: Shape
    made_by_name: str
    made_at: datetime
    published_at: datetime | None
    rows: Sequence[Mapping[str, Any]]
    can_undo: bool

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


def version(version_id: int) -> VersionView:
    """The version of that id. Raises FormUnknown."""
    found = FormVersion.objects.select_related("form").filter(pk=version_id).first()
    if found is None:
        raise FormUnknown("forms.unknown", "沒有這份表單。")
    return _view(found)


def versions_of(form: str) -> list[VersionView]:
    """Every version, the newest first."""
    rows = FormVersion.objects.select_related("form").filter(form=form)
    return [_view(one) for one in rows.order_by("-version")]


def published(form: str) -> VersionView:
    """The newest published version. Raises FormUnknown."""
    found = next((one for one in versions_of(form) if one.is_published), None)
    if found is None:
        raise FormUnknown("forms.unknown", "沒有這份表單。")
    return found


def draft(form: str) -> VersionView | None:
    """The form's draft, if there is one."""
    return next((one for one in versions_of(form) if not one.is_published), None)


def answers_of(sheet_ids: Collection[int]) -> Mapping[int, Answers]:
    """Sheet → answers."""
    rows = AnswerSheet.objects.filter(pk__in=sheet_ids)
    return dict(rows.values_list("pk", "answers"))


def _view(row: FormVersion) -> VersionView:
    title = rules.words_of(row.form.title, row.form.title_en, get_language() or "")
    return VersionView(
        id=row.pk,
        form=row.form_id,
        title=title,
        version=row.version,
        shape=rules.read_shape(row.shape),
        made_by_name=row.made_by_name,
        made_at=row.made_at,
        published_at=row.published_at,
        rows=row.shape["questions"],
        can_undo=bool(row.earlier),
    )
