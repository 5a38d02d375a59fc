"""Surveys with their versions and samples, and what the city has set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.departments.service.satisfaction.models import Draw, Survey, SurveyVersion
from yankao.departments.service.satisfaction.workflow import Asked, Channel, Permission
from yankao.kernel.forms import queries as forms
from yankao.kernel.forms.declarations import surveyed
from yankao.kernel.forms.queries import VersionView
from yankao.kernel.forms.rules import words_of


class SurveyUnknown(NotVisible):
    """There is no such survey."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version with what became of its invitations."""

    id: int
    version: int
    form_version: int
    share_pct: int
    opened_at: datetime
    closed_at: datetime | None
    asked: int
    answered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SurveyView:
    """A survey; ``versions`` the newest first."""

    code: str
    title: str
    subject_kind: str
    subject_title: str
    versions: Sequence[VersionRow]
    draws: Sequence[Draw] = ()

    @property
    def current(self) -> VersionRow | None:
        return next((one for one in self.versions if one.closed_at is None), None)


def _setting(name: str, default: int) -> int:
    return int(settings.CITY.get("satisfaction", {}).get(name, default))


def share_pct() -> int:
    """How many percent of closed records are asked by link (city.toml, 示範值)."""
    return _setting("share_pct", 20)


def link_days() -> int:
    """How many days a link is valid (city.toml, 示範值)."""
    return _setting("link_days", 14)


def call_attempts() -> int:
    """After how many calls without an answer somebody was not reached (city.toml, 示範值)."""
    return _setting("call_attempts", 3)


def small_cell() -> int:
    """Fewer valid answers than this are not shown (city.toml, 示範值)."""
    return _setting("small_cell", 5)


def masked_words() -> list[str]:
    """Words the city wants masked in what people write, beside names and numbers (city.toml)."""
    return list(settings.CITY.get("satisfaction", {}).get("masked_words", []))


def surveys_for(actor: Actor) -> list[SurveyView]:
    """Every survey, for who manages them."""
    _require_manage(actor)
    rows = Survey.objects.prefetch_related(_versions())
    return [_view(one) for one in rows]


def survey_for(actor: Actor, code: str) -> SurveyView:
    """One survey with its drawn samples. Raises SurveyUnknown."""
    _require_manage(actor)
    row = Survey.objects.prefetch_related(_versions()).filter(pk=code).first()
    if row is None:
        raise unknown()
    draws = Draw.objects.filter(version__survey=row).select_related("agency").order_by("-pk")
    return _view(row, list(draws[:20]))


@dataclass(frozen=True, slots=True)
class Questions:
    """What a survey asks: ``versions`` the newest first, ``draft`` what is being changed."""

    survey: SurveyView
    versions: Sequence[VersionView]
    draft: VersionView | None

    @property
    def published(self) -> VersionView:
        return next(one for one in self.versions if one.is_published)

    @property
    def newest(self) -> VersionView:
        return self.draft or self.published


def form_of(survey: str) -> str:
    """The form a survey's questions are kept as."""
    return f"satisfaction.{survey}"


def questions_for(actor: Actor, code: str) -> Questions:
    """A survey's questions in all versions. Raises SurveyUnknown."""
    survey = survey_for(actor, code)
    versions = forms.versions_of(form_of(code))
    if not any(one.is_published for one in versions):
        raise unknown()
    return Questions(survey, versions, next((v for v in versions if not v.is_published), None))


def survey_titles() -> dict[str, str]:
    """Survey → title, for choices."""
    language = get_language() or ""
    return {one.code: words_of(one.title, one.title_en, language) for one in Survey.objects.all()}


def kind_names() -> dict[str, str]:
    """Kind of record → its title, for figures."""
    return {kind: str(offer.survey_title) for kind, offer in surveyed().items()}


CHANNELS = {
    Channel.SMS: gettext_lazy("簡訊連結"),
    Channel.EMAIL: gettext_lazy("電子郵件連結"),
    Channel.PHONE: gettext_lazy("電話"),
}


MISSING = {
    "": gettext_lazy("有答案"),
    "refused": gettext_lazy("拒答"),
    "not_reached": gettext_lazy("電話未接通"),
    "expired": gettext_lazy("連結逾期未答"),
    "none": gettext_lazy("沒有意見"),
}


def missing_names() -> dict[str, str]:
    """Why there is no answer, in words; "" = there is one."""
    return {code: str(words) for code, words in MISSING.items()}


LEVELS = {
    "1": gettext_lazy("非常滿意"),
    "2": gettext_lazy("滿意"),
    "3": gettext_lazy("普通"),
    "4": gettext_lazy("不滿意"),
    "5": gettext_lazy("非常不滿意"),
}


def answer_names() -> dict[str, str]:
    """Levels and why there is none, in words."""
    missing = {code: words for code, words in MISSING.items() if code}
    return {code: str(words) for code, words in {**LEVELS, **missing}.items()}


def channel_names() -> dict[str, str]:
    """Channel → words."""
    return {channel.value: str(words) for channel, words in CHANNELS.items()}


def unknown() -> SurveyUnknown:
    """The refusal: no such survey, or not for this actor."""
    return SurveyUnknown("satisfaction.survey_unknown", _("沒有這個調查。"))


def _require_manage(actor: Actor) -> None:
    if not actor.holds(Permission.MANAGE):
        raise unknown()


def _versions() -> Any:
    counted = SurveyVersion.objects.select_related("form_version").annotate(
        asked=Count("invitations"),
        answered=Count("invitations", filter=Q(invitations__state=Asked.ANSWERED)),
        waiting=Count("invitations", filter=Q(invitations__state=Asked.OPEN)),
    )
    return Prefetch("versions", counted.order_by("-version"))


def _view(row: Survey, draws: Sequence[Draw] = ()) -> SurveyView:
    offer = surveyed().get(row.subject_kind)
    return SurveyView(
        code=row.code,
        title=words_of(row.title, row.title_en, get_language() or ""),
        subject_kind=row.subject_kind,
        subject_title=str(offer.survey_title) if offer else row.subject_kind,
        versions=[_version_row(one) for one in row.versions.all()],
        draws=draws,
    )


def _version_row(row: Any) -> VersionRow:
    return VersionRow(
        id=row.pk,
        version=row.version,
        form_version=row.form_version.version,
        share_pct=row.share_pct,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        asked=row.asked,
        answered=row.answered,
        waiting=row.waiting,
    )
