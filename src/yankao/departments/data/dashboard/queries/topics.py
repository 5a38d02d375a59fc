"""The classes and the topics everybody may read."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yankao.base import formats
from yankao.base.errors import NotVisible
from yankao.base.local_names import local
from yankao.departments.data.dashboard.models import Text, TopicClass
from yankao.departments.data.dashboard.workflow import Chart, Comparison, Stage, State
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import Figure

DEMO = "示範值"


class TopicUnknown(NotVisible):
    """No topic of that code is shown to this reader."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is to reach, and who says so."""

    figure: Figure
    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class ShownTopic:
    """A topic in the reader's language.

    ``missing`` are names of figures nobody declares any more.
    """

    code: str
    class_code: str
    class_name: str
    title: str
    note: str
    agency: str
    figures: tuple[Figure, ...]
    missing: tuple[str, ...]
    chart: Chart
    map_figure: Figure | None
    comparison: Comparison
    target: Target | None
    version: int | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Group:
    """A class with its topics in order; there may be none."""

    code: str
    name: str
    topics: tuple[ShownTopic, ...]


def not_visible() -> TopicUnknown:
    """The answer about a topic that is not there for who asks."""
    return TopicUnknown(
        "dashboard.unknown", _("沒有這個主題。全部主題列在市政儀表板，請從那裡選。")
    )


def groups() -> list[Group]:
    """Every class of the city with its published topics. Two queries."""
    found: dict[str, list[ShownTopic]] = {}
    texts = _published().filter(topic_class__is_shown=True)
    for text in texts.order_by("topic__rank", "topic_id"):
        found.setdefault(text.topic_class_id, []).append(shown(text))
    return [
        Group(one.pk, str(local(one.name)), tuple(found.get(one.pk, ())))
        for one in TopicClass.objects.filter(is_shown=True)
    ]


def topic_shown(code: str) -> ShownTopic:
    """The published topic of that code. Raises TopicUnknown. One query."""
    text = _published().filter(topic__number=code).first()
    if text is None:
        raise not_visible()
    return shown(text)


def _published() -> QuerySet[Text]:
    texts = Text.objects.filter(stage=Stage.PUBLISHED, topic__state=State.PUBLISHED)
    return texts.select_related("topic__agency", "topic_class")


def shown(text: Text) -> ShownTopic:
    """What a text says to the reader; no query where topic, class and agency come along."""
    declared = {figure.name: figure for figure in measured.figures()}
    agency = text.topic.agency
    in_english = formats.in_english()
    target = None
    if text.target_value is not None and text.target_figure in declared:
        source = _("示範值") if text.target_source == DEMO else text.target_source
        target = Target(declared[text.target_figure], text.target_value, source)
    named = dict.fromkeys([*text.figures, *filter(None, [text.map_figure, text.target_figure])])
    return ShownTopic(
        code=text.topic.number,
        class_code=text.topic_class_id,
        class_name=str(local(text.topic_class.name)),
        title=(text.title_en if in_english else "") or text.title,
        note=(text.note_en if in_english else "") or text.note,
        agency=str(local(agency.name)) if agency else "",
        figures=tuple(declared[name] for name in text.figures if name in declared),
        missing=tuple(name for name in named if name not in declared),
        chart=Chart(text.chart),
        map_figure=declared.get(text.map_figure),
        comparison=Comparison(text.comparison),
        target=target,
        version=text.version,
        published_at=text.published_at,
    )
