"""Templates that fit a subject, their former versions, and their blanks filled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import translation
from django.utils.translation import gettext as _

from yankao.base import formats, subjects
from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.kernel.people import queries as people
from yankao.kernel.replies import permissions, rules
from yankao.kernel.replies.declarations import ReplyBrief, reply_subject
from yankao.kernel.replies.models import Template, TemplateVersion

TEMPLATE_KIND = "kernel.replies.template"


class TemplateUnknown(NotVisible):
    """No template of that number that the actor may use."""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template with its present words; ``agency`` None = the city pack's."""

    id: int
    version_id: int
    kind: str
    item: str
    stage: str
    agency: str | None
    agency_name: str
    version: int
    title: str
    subject: str
    body: str
    changed_at: datetime
    changed_by: str
    retired_at: datetime | None
    may_change: bool


@dataclass(frozen=True, slots=True)
class TemplateVersionView:
    """One former state of a template."""

    version: int
    title: str
    subject: str
    body: str
    reason: str
    at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with the subject's values; ``missing`` blanks stand in the text as they were."""

    version_id: int
    title: str
    subject_line: str
    body: str
    missing: tuple[str, ...]


def templates_for(actor: Actor, subject: Subject, agency: str) -> list[TemplateView]:
    """Templates that fit the subject as it stands, the most particular first.

    The agency's own before the pack's; those of its item and stage before general ones.
    """
    brief = brief_for(actor, subject, agency)
    return [] if brief is None else fitting(actor, subject.kind, agency, brief)


def fitting(actor: Actor, kind: str, agency: str, brief: ReplyBrief) -> list[TemplateView]:
    """``templates_for`` of a brief that was asked for before."""
    rows = _current().filter(
        Q(agency=None) | Q(agency=agency),
        kind__in=["", kind],
        item__in=["", brief.item],
        stage__in=["", brief.stage],
        retired_at=None,
    )
    ranked = sorted(rows, key=lambda t: (not t.item, not t.stage, t.agency is None, t.pk))
    return [_view(actor, row) for row in ranked]


def templates_to_arrange(
    actor: Actor, *, kind: str = "", agency: str = "", text: str = ""
) -> QuerySet[Template]:
    """The pack's templates and those of the actor's agencies, retired ones last; for paging."""
    agencies = actor.agencies_for(permissions.READ)
    reach = Q() if agencies is None else Q(agency=None) | Q(agency__in=sorted(agencies))
    rows = _current().filter(reach)
    if kind:
        rows = rows.filter(kind=kind)
    if agency:
        rows = rows.filter(agency=agency)
    for word in text.replace("\x00", "").split():
        rows = rows.filter(Q(title__icontains=word) | Q(body__icontains=word))
    return rows.order_by(F("retired_at").asc(nulls_first=True), "kind", "item", "stage", "pk")


def template_views(actor: Actor, rows: Iterable[Template]) -> list[TemplateView]:
    """Rows of ``templates_to_arrange`` as pages show them."""
    return [_view(actor, row) for row in rows]


def template_for(actor: Actor, template_id: int) -> TemplateView:
    """A template of the pack or of an agency where the actor reads. Raises TemplateUnknown."""
    row = _current().filter(pk=template_id).first()
    if row is None or not (row.agency_id is None or actor.holds(permissions.READ, row.agency_id)):
        raise unknown()
    return _view(actor, row)


def template_versions(actor: Actor, template_id: int) -> list[TemplateVersionView]:
    """All its versions, latest first. Raises TemplateUnknown."""
    template_for(actor, template_id)
    rows = TemplateVersion.objects.filter(template=template_id).order_by("-version")
    return [
        TemplateVersionView(
            version=row.version,
            title=row.title,
            subject=row.subject,
            body=row.body,
            reason=row.reason,
            at=row.at,
            actor_name=row.actor_name,
        )
        for row in rows
    ]


def filled_template(
    actor: Actor, template_id: int, subject: Subject, agency: str, *, at: datetime
) -> Filled:
    """The template's words with the subject's values. Raises TemplateUnknown."""
    brief = brief_for(actor, subject, agency)
    found = fitting(actor, subject.kind, agency, brief) if brief else []
    view = next((one for one in found if one.id == template_id), None)
    if brief is None or view is None:
        raise unknown()
    values = values_for(brief, agency, actor, at=at)
    line, body = rules.filled(view.subject, values), rules.filled(view.body, values)
    missing = sorted(rules.blanks(line) | rules.blanks(body))
    return Filled(view.version_id, view.title, line, body, tuple(missing))


def values_for(brief: ReplyBrief, agency: str, actor: Actor, *, at: datetime) -> dict[str, str]:
    """The common placeholders and the subject's own; "" where nothing is known."""
    with translation.override("zh-hant"):
        common = {
            "number": brief.number,
            "title": brief.title,
            "item": brief.item_name,
            "citizen": brief.citizen.name,
            "received": formats.roc_long(brief.received_at) if brief.received_at else "",
            "due": formats.roc_long(brief.due_at) if brief.due_at else "",
            "today": formats.roc_long(at),
            "agency": people.agency(agency).name,
            "officer": actor.name,
            "city": str(settings.CITY["name"]),
            "phone": str(settings.CITY.get("phone", "")),
        }
    return {**common, **brief.values}


def brief_for(actor: Actor, subject: Subject, agency: str) -> ReplyBrief | None:
    """What is to be answered, for who may see the subject and reads at the agency; else None."""
    offer = reply_subject(subject.kind)
    if offer is None or not subjects.may_see(actor, subject):
        return None
    if not actor.holds(permissions.READ, agency):
        return None
    return offer.reply_brief(subject.id, agency)


def unknown() -> TemplateUnknown:
    """The refusal for what is not there for the actor."""
    return TemplateUnknown("replies.template_unknown", _("找不到這份回復範本，或不適用於本案。"))


def _current() -> QuerySet[Template]:
    """Templates with the words of their latest version."""
    latest = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-version")
    columns = {
        name: Subquery(latest.values(name)[:1])
        for name in ("version", "title", "subject", "body", "at", "actor_name")
    }
    return Template.objects.select_related("agency").annotate(
        version_id=Subquery(latest.values("pk")[:1]), **columns
    )


def _view(actor: Actor, row: Template) -> TemplateView:
    words: dict[str, object] = vars(row)
    return TemplateView(
        id=row.pk,
        version_id=int(str(words["version_id"])),
        kind=row.kind,
        item=row.item,
        stage=row.stage,
        agency=row.agency_id,
        agency_name=row.agency.name if row.agency else "",
        version=int(str(words["version"])),
        title=str(words["title"]),
        subject=str(words["subject"]),
        body=str(words["body"]),
        changed_at=words["at"],  # type: ignore[arg-type]
        changed_by=str(words["actor_name"]),
        retired_at=row.retired_at,
        may_change=permissions.may_arrange(actor, row),
    )
