"""Loading the city's classes and topics; again = nothing new."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.departments.data.dashboard.models import Text, Topic, TopicClass
from yankao.departments.data.dashboard.workflow import KIND, Chart, Comparison, Stage, State
from yankao.kernel.trail import services as trail

LOADED = f"{KIND}.loaded"


def load_classes(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """dashboard_classes.csv: code, name, in the order of the page; what is gone is not shown."""
    with transaction.atomic():
        TopicClass.objects.bulk_create(
            [
                TopicClass(code=row["code"], name=row["name"], rank=rank)
                for rank, row in enumerate(rows)
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "rank", "is_shown"],
        )
        gone = TopicClass.objects.exclude(pk__in=[row["code"] for row in rows])
        gone.update(is_shown=False)
    return len(rows)


def load_topics(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """dashboard_topics.csv, see docs/citypack.md: each changed row is a new version.

    Topics that are gone from the table are withdrawn. Raises Invalid for an unreadable row.
    """
    with transaction.atomic():
        known = set(TopicClass.objects.values_list("pk", flat=True))
        there = {topic.number: topic for topic in Topic.objects.filter(agency=None)}
        texts = Text.objects.filter(topic__agency=None, stage=Stage.PUBLISHED)
        shown = {text.topic_id: text for text in texts}
        for rank, row in enumerate(rows):
            topic = there.pop(row.get("code", ""), None)
            text = shown.get(topic.pk) if topic else None
            _load(topic, text, row, rank=rank, known=known, actor=actor, at=at)
        for topic in there.values():
            _set_state(topic, State.WITHDRAWN, topic.rank, actor=actor, at=at)
    return len(rows)


def _load(
    topic: Topic | None,
    text: Text | None,
    row: Row,
    *,
    rank: int,
    known: set[str],
    actor: Actor,
    at: datetime,
) -> None:
    said = _said(rank, row, known)
    if topic is None:
        topic = Topic.objects.create(number=row["code"], state=State.PUBLISHED, rank=rank)
    _set_state(topic, State.PUBLISHED, rank, actor=actor, at=at)
    if text is not None and all(getattr(text, name) == value for name, value in said.items()):
        return
    if text is not None:
        Text.objects.filter(pk=text.pk).update(stage=Stage.FORMER)
    new = Text.objects.create(
        topic=topic,
        stage=Stage.PUBLISHED,
        version=text.version + 1 if text and text.version else 1,
        written_by_name=actor.name,
        written_at=at,
        published_at=at,
        **said,
    )
    trail.record(
        actor=actor,
        action=LOADED,
        subject=Subject(KIND, topic.pk),
        at=at,
        old={"version": text.version} if text else None,
        new={"version": new.version, "figures": new.figures},
    )


def _set_state(topic: Topic, state: State, rank: int, *, actor: Actor, at: datetime) -> None:
    if (topic.state, topic.rank) == (state, rank):
        return
    Topic.objects.filter(pk=topic.pk).update(state=state, rank=rank)
    if topic.state != state:
        trail.record(
            actor=actor,
            action=LOADED,
            subject=Subject(KIND, topic.pk),
            at=at,
            old={"state": topic.state},
            new={"state": state},
        )


def _said(rank: int, row: Row, known: set[str]) -> dict[str, Any]:
    try:
        said = {
            "topic_class_id": row["class"],
            "title": row["title"],
            "title_en": row["title_en"],
            "note": row["note"],
            "note_en": row["note_en"],
            "figures": row["figures"].split(),
            "chart": str(Chart(row["chart"])),
            "map_figure": row["map"],
            "comparison": str(Comparison(row["comparison"])),
            "target_figure": row["target_figure"],
            "target_value": Decimal(row["target"]) if row["target"] else None,
            "target_source": row["target_source"],
        }
        if said["topic_class_id"] not in known or not said["figures"]:
            raise ValueError(row["class"])
    except (KeyError, ValueError, InvalidOperation) as error:
        line = f"dashboard_topics.csv 第 {rank + 2} 行讀不懂：{error}"
        raise Invalid("dashboard.pack_topic", line) from error
    return said
