"""Loading the city's chains of approval and templates; again = nothing new."""

import tomllib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.replies import rules
from yankao.kernel.replies.models import RouteRow, Template, TemplateVersion
from yankao.kernel.replies.services.templates import TemplateUnusable, check_words
from yankao.kernel.trail import services as trail


class PackMalformed(Invalid):
    """A table of the pack cannot be read."""


def load_routes(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """reply_routes.csv: route, agency, level (blank = any), steps. Replaced as a whole.

    Raises PackMalformed.
    """
    wanted = {_line(number, row) for number, row in enumerate(rows, start=2)}
    columns = ("route", "agency_id", "level", "steps")
    with transaction.atomic():
        present = set(RouteRow.objects.values_list(*columns))
        if wanted == present:
            return len(rows)
        RouteRow.objects.all().delete()
        RouteRow.objects.bulk_create(
            RouteRow(**dict(zip(columns, line, strict=True))) for line in wanted
        )
        trail.record(
            actor=actor,
            action="kernel.replies.routes_loaded",
            subject=Subject("kernel.replies.routes", 0),
            at=at,
            old={"lines": len(present)},
            new={"lines": len(wanted), "changed": len(wanted ^ present)},
        )
    return len(rows)


def _line(number: int, row: Row) -> tuple[str, str | None, int | None, str]:
    try:
        rules.steps_of(row["steps"], "?")
        level = int(row["level"]) if row["level"] else None
        line = (row["route"].strip(), row["agency"] or None, level, row["steps"])
    except (KeyError, ValueError) as error:
        text = _("reply_routes.csv 第 %(line)s 行讀不懂：%(error)s")
        raise PackMalformed(
            "replies.pack_route", text % {"line": number, "error": str(error)}
        ) from error
    return line


def load_templates(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """replies/*.toml: key, kind, item, stage, title, subject, body. A changed text is a version.

    What is gone from the pack is retired. Raises PackMalformed.
    """
    read = [_read(row) for row in rows]
    known = {one.key: one for one in Template.objects.exclude(key=None)}
    with transaction.atomic():
        for one in read:
            _store(one, known.get(one["key"]), actor=actor, at=at)
        gone = set(known) - {one["key"] for one in read}
        Template.objects.filter(key__in=gone, retired_at=None).update(retired_at=at)
    return len(rows)


_PLACE: Sequence[str] = ("kind", "item", "stage")


def _read(row: Row) -> dict[str, str]:
    try:
        found = tomllib.loads(row["toml"])
        read = {name: str(found[name]).strip() for name in ("key", "title", "subject", "body")}
        read |= {name: str(found.get(name, "")).strip() for name in _PLACE}
        check_words(read["kind"], read["title"], read["subject"], read["body"])
    except (KeyError, ValueError, TypeError, TemplateUnusable) as error:
        text = _("回復範本 %(file)s 讀不懂：%(error)s")
        raise PackMalformed(
            "replies.pack_template", text % {"file": row["file"], "error": str(error)}
        ) from error
    return read


def _store(read: dict[str, str], known: Template | None, *, actor: Actor, at: datetime) -> None:
    place = {name: read[name] for name in _PLACE}
    if known is None:
        known = Template.objects.create(key=read["key"], **place)
    elif known.retired_at or any(getattr(known, name) != place[name] for name in _PLACE):
        Template.objects.filter(pk=known.pk).update(retired_at=None, **place)
    last = known.versions.order_by("-version").first()
    words = {name: read[name] for name in ("title", "subject", "body")}
    if last is None or any(getattr(last, name) != text for name, text in words.items()):
        TemplateVersion.objects.create(
            template=known,
            version=last.version + 1 if last else 1,
            at=at,
            actor_key=actor.key,
            actor_name=actor.name,
            **words,
        )
