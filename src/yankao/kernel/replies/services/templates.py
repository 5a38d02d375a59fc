"""An agency's own templates; every change is a new version."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.subjects import Subject
from yankao.kernel.replies import permissions, rules
from yankao.kernel.replies.declarations import placeholders_of, reply_subject
from yankao.kernel.replies.models import Template, TemplateVersion
from yankao.kernel.replies.queries.templates import TEMPLATE_KIND, unknown
from yankao.kernel.replies.services.common import MayNot
from yankao.kernel.trail import services as trail


class TemplateUnusable(Invalid):
    """The template names a placeholder nobody fills, or lacks a part."""


def add_template(
    *,
    kind: str,
    item: str,
    stage: str,
    agency: str,
    title: str,
    subject: str,
    body: str,
    actor: Actor,
    at: datetime,
) -> Template:
    """A new template of the agency, for one kind of record; "" = every item, every stage.

    Raises MayNot, TemplateUnusable.
    """
    with transaction.atomic():
        if not actor.holds(permissions.ARRANGE, agency):
            raise MayNot("replies.may_not", _("由機關的主管管理回復範本。"))
        _check_place(kind, item, stage)
        check_words(kind, title, subject, body)
        template = Template.objects.create(kind=kind, item=item, stage=stage, agency_id=agency)
        _write(template, 1, title, subject, body, "", actor=actor, at=at)
        return template


def change_template(
    *,
    template_id: int,
    version: int,
    title: str,
    subject: str,
    body: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Template:
    """New words, written upon ``version``. Raises TemplateUnknown, MayNot, TemplateUnusable."""
    with transaction.atomic():
        template = _locked(template_id, actor)
        check_words(template.kind, title, subject, body)
        last = template.versions.order_by("-version").values_list("version", flat=True)[0]
        if last != version:
            message = _("別人剛改過這份範本。請重新整理後再改。")
            raise TemplateUnusable("replies.template_moved", message)
        _write(template, last + 1, title, subject, body, reason, actor=actor, at=at)
        return template


def retire_template(*, template_id: int, actor: Actor, at: datetime) -> Template:
    """Offer it no more; replies written from it stay. Raises TemplateUnknown, MayNot."""
    with transaction.atomic():
        template = _locked(template_id, actor)
        if template.retired_at is None:
            template.retired_at = at
            template.save(update_fields=["retired_at"])
            _record(template, "template_retired", {}, actor=actor, at=at)
        return template


def check_words(kind: str, title: str, subject: str, body: str) -> None:
    """Raises TemplateUnusable: an unknown placeholder, a stray brace, a part missing, too long."""
    for name, text, longest in (
        ("title", title, 100),
        ("subject", subject, rules.LONGEST_SUBJECT),
        ("body", body, rules.LONGEST_BODY),
    ):
        if not text.strip() or len(text) > longest or "\x00" in text:
            message = _("請填寫，最多 %(most)s 個字。") % {"most": longest}
            raise TemplateUnusable("replies.template_incomplete", message, name)
        if rules.stray_braces(text):
            message = _("大括號只能用來寫欄位，例如 {{number}}。")
            raise TemplateUnusable("replies.template_braces", message, name)
        strange = rules.blanks(text) - placeholders_of(kind).keys()
        if strange:
            message = _("沒有這些欄位：%(names)s。請從清單挑選欄位。") % {
                "names": "、".join(sorted(strange))
            }
            raise TemplateUnusable("replies.placeholder_unknown", message, name)


def _check_place(kind: str, item: str, stage: str) -> None:
    offer = reply_subject(kind)
    if kind and offer is None:
        raise TemplateUnusable("replies.kind_unknown", _("沒有這一種案件。"), "kind")
    items = offer.reply_items() if offer else {}
    stages = offer.reply_stages if offer else {}
    if item and item not in items:
        raise TemplateUnusable("replies.item_unknown", _("沒有這個項目。"), "item")
    if stage and stage not in stages:
        raise TemplateUnusable("replies.stage_unknown", _("沒有這個階段。"), "stage")


def _locked(template_id: int, actor: Actor) -> Template:
    template = Template.objects.select_for_update().filter(pk=template_id).first()
    if template is None or template.agency_id is None:
        raise unknown()
    if not actor.holds(permissions.READ, template.agency_id):
        raise unknown()
    if not permissions.may_arrange(actor, template):
        raise MayNot("replies.may_not", _("由機關的主管管理回復範本。"))
    return template


def _write(
    template: Template,
    version: int,
    title: str,
    subject: str,
    body: str,
    reason: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    TemplateVersion.objects.create(
        template=template,
        version=version,
        title=title.strip(),
        subject=subject.strip(),
        body=body,
        reason=reason.strip()[:200],
        at=at,
        actor_key=actor.key,
        actor_name=actor.name,
    )
    new = {"version": version, "title": title.strip()}
    _record(template, "template_saved", new, actor=actor, at=at, reason=reason.strip())


def _record(
    template: Template,
    verb: str,
    new: dict[str, object],
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> None:
    trail.record(
        actor=actor,
        action=f"kernel.replies.{verb}",
        subject=Subject(TEMPLATE_KIND, template.pk),
        at=at,
        new=new,
        reason=reason,
        agency=template.agency_id,
    )
