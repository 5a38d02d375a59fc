"""Topics as their agency sees them: drafts, versions, moves and history."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.departments.data.dashboard import permissions
from yankao.departments.data.dashboard.models import Text, Topic, TopicClass
from yankao.departments.data.dashboard.queries.numbers import DISTRICT
from yankao.departments.data.dashboard.queries.topics import not_visible
from yankao.departments.data.dashboard.workflow import KIND, OPEN, Move, Permission, Stage
from yankao.kernel.casework import sight
from yankao.kernel.casework.sight import NextMove, TimelineEntry
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import Count, Figure, Stock, Sum

MOVE_WORDS = {
    "write": gettext_lazy("撰寫"),
    "propose": gettext_lazy("送核"),
    "return": gettext_lazy("退回修改"),
    "approve": gettext_lazy("核定公布"),
    "withdraw": gettext_lazy("下架"),
}


@dataclass(frozen=True, slots=True)
class TopicDetail:
    """A topic with what is shown, what is being written, and what the reader may do."""

    topic: Topic
    published: Text | None
    text: Text | None
    versions: Sequence[Text]
    moves: tuple[NextMove, ...]
    timeline: Sequence[TimelineEntry]

    def may(self, move: Move) -> bool:
        """Whether the reader can make the move now."""
        return any(one.move == move and one.refused is None for one in self.moves)


def number_of(id: int) -> str:
    """What an agency's topic is called in addresses."""
    return f"t{id:05d}"


def manage_path(number: str) -> str:
    """The topic's page for the staff."""
    return reverse("data_dashboard:managed", args=[number])


def open_text(topic: Topic) -> Text | None:
    """The text that is being written or waits for approval."""
    return topic.texts.filter(stage__in=OPEN).first()


def reading_of(text: Text) -> str:
    """Which state of which text somebody looked at."""
    return f"{text.pk}-{text.edits}"


def visible_topics(actor: Actor) -> QuerySet[Topic]:
    """The topics whose inside the actor may see; the pack's are everybody's of the staff."""
    if not actor.holds(Permission.INSIDE):
        return Topic.objects.none()
    agencies = actor.agencies_for(Permission.INSIDE)
    return (
        Topic.objects.all()
        if agencies is None
        else Topic.objects.filter(Q(agency=None) | Q(agency__in=sorted(agencies)))
    )


def topics_for(actor: Actor) -> QuerySet[Topic]:
    """``visible_topics`` for a list, waiting ones first: with ``texts_now``. Two queries."""
    texts = Text.objects.exclude(stage=Stage.FORMER).select_related("topic_class")
    now = Prefetch("texts", queryset=texts.order_by("-id"), to_attr="texts_now")
    return visible_topics(actor).select_related("agency").prefetch_related(now).order_by("-id")


def topic_for(actor: Actor, number: str) -> TopicDetail:
    """The topic's inside. Raises TopicUnknown, also about another agency's."""
    topic = visible_topics(actor).select_related("agency").filter(number=number).first()
    if topic is None:
        raise not_visible()
    versions = list(topic.texts.select_related("topic_class", "deciding").order_by("-id"))
    for version in versions:
        version.topic = topic
    text = next((one for one in versions if one.stage in OPEN), None)
    return TopicDetail(
        topic=topic,
        published=next((one for one in versions if one.stage == Stage.PUBLISHED), None),
        text=text,
        versions=versions,
        moves=tuple(
            NextMove(move, permissions.why_not(actor, topic, move, text), "ADR 0048")
            for move in Move
        ),
        timeline=sight.timeline(topic.history.all(), (), MOVE_WORDS),
    )


def has_own() -> bool:
    """Whether any agency made a topic. One query."""
    return Topic.objects.exclude(agency=None).exists()


def class_names() -> Mapping[str, str]:
    """Code → name of the classes that are shown, in order. One query."""
    return dict(TopicClass.objects.filter(is_shown=True).values_list("code", "name"))


def mappable() -> list[Figure]:
    """The figures a map can show: whole amounts with districts. No query."""
    return [
        figure
        for figure in measured.figures()
        if DISTRICT in figure.dimensions
        and not figure.places
        and isinstance(figure.measure, Count | Sum | Stock)
        and figure.small_cells is None
    ]


def unsaved(content: Any, found: TopicDetail | None) -> Text:
    """What is being typed as a text nobody stored, to be looked at."""
    named = asdict(content)
    named["topic_class_id"] = named.pop("topic_class")
    topic = found.topic if found else Topic(number="preview")
    text = Text(topic=topic, figures=list(named.pop("figures")), **named)
    text.topic_class = TopicClass.objects.get(pk=named["topic_class_id"])
    return text


class TopicSubjects:
    """What other rooms may ask about topics."""

    kind = KIND

    def title(self, id: int) -> str:
        text: Any = Text.objects.filter(topic_id=id).order_by("-id").first()
        return text.title if text else f"{KIND}:{id}"

    def address(self, id: int) -> str:
        topic = Topic.objects.filter(pk=id).first()
        return manage_path(topic.number) if topic else ""

    def may_see(self, actor: Actor, id: int) -> bool:
        return visible_topics(actor).filter(pk=id).exists()
