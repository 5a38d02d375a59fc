"""Loading the city pack's texts."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.kernel.notices import rules
from yankao.kernel.notices.models import Notice, Template
from yankao.kernel.notices.rules import Channel


class TemplateMalformed(Invalid):
    """A template of the pack cannot be read or breaks a rule of texts."""


def load_templates(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """Store the pack's notices/*.toml by key, channel and version; again = nothing new.

    A file holds one ``key`` and a ``[[template]]`` for each channel and version; ``urgent = true``
    goes out at night as well, ``legal = true`` also to who wants no messages. Below it
    ``[template.en]`` may hold ``subject`` and ``body`` for who reads English.
    Raises TemplateMalformed: unreadable, a stray brace, an SMS naming more than it may, English
    naming more than the Chinese, a version written twice, or a text changed after a notice used
    that version (give it a new version; English may be added).
    """
    templates = [template for row in rows for template in _templates_of(row)]
    _check_once(templates)
    with transaction.atomic():
        _check_unchanged(templates)
        Template.objects.bulk_create(
            templates,
            update_conflicts=True,
            unique_fields=["key", "channel", "version"],
            update_fields=[
                "in_force_from",
                "subject",
                "body",
                "is_urgent",
                "is_legal",
                "subject_en",
                "body_en",
            ],
        )
    return len(rows)


def _templates_of(row: Row) -> list[Template]:
    try:
        read: dict[str, Any] = tomllib.loads(row["toml"])
        templates = [_template_of(read["key"], one) for one in read["template"]]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _malformed(row["file"], repr(error)) from error
    for template in templates:
        _check_text(row["file"], template)
        _check_english(row["file"], template)
    return templates


def _template_of(key: str, read: Mapping[str, Any]) -> Template:
    english = read.get("en", {"subject": "", "body": ""})
    return Template(
        key=key.strip(),
        channel=Channel(read["channel"]),
        version=int(read["version"]),
        in_force_from=_day(read["in_force_from"]),
        subject=read["subject"].strip(),
        body=read["body"].strip(),
        is_urgent=read.get("urgent", False) is True,
        is_legal=read.get("legal", False) is True,
        subject_en=english["subject"].strip(),
        body_en=english["body"].strip(),
    )


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _check_text(file: str, template: Template) -> None:
    text = template.subject + template.body
    if not (template.key and template.subject and template.body):
        raise _malformed(file, _("key、subject、body 都要寫。"))
    if rules.stray_braces(text + template.subject_en + template.body_en):
        raise _malformed(file, _("大括號只能用來寫欄位，例如 {number}。"))
    extra = rules.placeholders(text) - rules.SMS_MAY_NAME
    if template.channel == Channel.SMS and extra:
        names = "、".join(sorted(extra))
        raise _malformed(file, _("簡訊不得放這些欄位：%(names)s。") % {"names": names})


def _check_english(file: str, template: Template) -> None:
    if bool(template.subject_en) != bool(template.body_en):
        raise _malformed(file, _("英文的 subject 與 body 要一起寫。"))
    for chinese, english in (
        (template.subject, template.subject_en),
        (template.body, template.body_en),
    ):
        extra = rules.placeholders(english) - rules.placeholders(chinese)
        if extra:
            names = "、".join(sorted(extra))
            raise _malformed(file, _("英文不得有中文沒有的欄位：%(names)s。") % {"names": names})


def _check_once(templates: Sequence[Template]) -> None:
    seen: set[tuple[str, str, int]] = set()
    for template in templates:
        name = (template.key, str(template.channel), template.version)
        if name in seen:
            raise _malformed("/".join(map(str, name)), _("同一版次寫了兩次。"))
        seen.add(name)


def _check_unchanged(templates: Sequence[Template]) -> None:
    stored = {(t.key, t.channel, t.version): t for t in Template.objects.all()}
    for template in templates:
        old = stored.get((template.key, str(template.channel), template.version))
        if (
            old is not None
            and not _keeps(old, template)
            and Notice.objects.filter(template=old).exists()
        ):
            raise _malformed(
                str(template), _("這個版次已經用來發過通知，內容不能改。請另加新版次。")
            )


def _keeps(old: Template, new: Template) -> bool:
    english = old.subject_en, old.body_en
    return (old.subject, old.body) == (new.subject, new.body) and (
        not old.body_en or english == (new.subject_en, new.body_en)
    )


def _malformed(file: str, reason: str) -> TemplateMalformed:
    message = _("通知範本 %(file)s：%(reason)s") % {"file": file, "reason": reason}
    return TemplateMalformed("notices.template_malformed", message)
