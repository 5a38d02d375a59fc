"""Surveys out of the city pack, and what the commission changes of them."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.departments.service.satisfaction import queries
from yankao.departments.service.satisfaction.models import Survey, SurveyVersion
from yankao.departments.service.satisfaction.workflow import SURVEY, Permission
from yankao.kernel.forms import services as forms
from yankao.kernel.trail import services as trail


class PackMalformed(Invalid):
    """A survey of the city pack cannot be read."""


class ShareWrong(Invalid):
    """A share is 0 to 100 percent."""


def load_surveys(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """surveys/*.toml: code, title, subject_kind and versions with their questions.

    A version once loaded keeps its questions; a new one closes the one before. Raises
    PackMalformed, forms' ShapeRefused and PublishedChanged.
    """
    for row in rows:
        with transaction.atomic():
            _load(row, actor, at)
    return len(rows)


def _load(row: Row, actor: Actor, at: datetime) -> None:
    try:
        read = tomllib.loads(row["toml"])
        code, kind = str(read["code"]), str(read["subject_kind"])
        title, title_en = str(read["title"]), str(read.get("title_en", ""))
        versions = [
            (int(one["version"]), {"questions": one["questions"]}) for one in read["version"]
        ]
    except (KeyError, ValueError, TypeError) as error:
        text = _("調查 %(file)s 讀不懂：%(error)s") % {"file": row["file"], "error": error}
        raise PackMalformed("satisfaction.pack_survey", text) from error
    survey, _new = Survey.objects.update_or_create(
        code=code, defaults={"title": title, "title_en": title_en, "subject_kind": kind}
    )
    for number, shape in sorted(versions):
        form_version = forms.load_version(
            form=queries.form_of(code), title=title, title_en=title_en,
            version=number, shape=shape, actor=actor, at=at,
        )  # fmt: skip
        if not survey.versions.filter(form_version=form_version).exists():
            open_version(survey, form_version, queries.share_pct(), actor, at)


def change_share(*, survey: str, share_pct: int, actor: Actor, at: datetime) -> SurveyVersion:
    """From now on another share is asked by link: a version with the same questions.

    Raises SurveyUnknown, ShareWrong.
    """
    if not 0 <= share_pct <= 100:
        raise ShareWrong(
            "satisfaction.share_wrong", _("抽樣比率請填 0 到 100 的整數。"), "share_pct"
        )
    with transaction.atomic():
        current = locked_version(survey, actor)
        if current.share_pct == share_pct:
            return current
        return open_version(current.survey, current.form_version_id, share_pct, actor, at)


def locked_version(survey: str, actor: Actor) -> SurveyVersion:
    """The version in force, locked, for who manages surveys. Raises SurveyUnknown."""
    rows = SurveyVersion.objects.select_related("survey").filter(survey=survey, closed_at=None)
    found = rows.select_for_update(of=("self",)).first()
    if found is None or not actor.holds(Permission.MANAGE):
        raise queries.unknown()
    return found


def open_version(
    survey: Survey, form_version: int, share_pct: int, actor: Actor, at: datetime
) -> SurveyVersion:
    """From now on these questions are asked, of that share; who was asked before answers the old.

    The caller has decided that the actor may.
    """
    last = survey.versions.order_by("-version").first()
    survey.versions.filter(closed_at=None).update(closed_at=at)
    made = SurveyVersion.objects.create(
        survey=survey,
        version=last.version + 1 if last else 1,
        form_version_id=form_version,
        share_pct=share_pct,
        opened_at=at,
    )
    new: Mapping[str, Any] = {"version": made.version, "share_pct": share_pct}
    trail.record(
        actor=actor,
        action="service.satisfaction.version_opened",
        subject=Subject(SURVEY, made.pk),
        at=at,
        old={"share_pct": last.share_pct} if last else None,
        new=new,
        reason=survey.code,
    )
    return made


def record_export(*, filters: Mapping[str, Any], rows: int, actor: Actor, at: datetime) -> None:
    """Write down that results were taken out, of what period, and how many rows."""
    trail.record(
        actor=actor,
        action="service.satisfaction.exported",
        subject=Subject(SURVEY, 0),
        at=at,
        new={"filters": dict(filters), "rows": rows},
    )
