"""Asking what a text is likely to be, and how often that was right."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from yankao.base.local_names import local
from yankao.kernel.people import queries as people
from yankao.kernel.suggestions import rules, store
from yankao.kernel.suggestions.learned import VERSION, Learned
from yankao.kernel.suggestions.models import Choice, Training

log = structlog.get_logger(__name__)


class State(StrEnum):
    """Whether something is suggested, and if not, why."""

    SUGGESTED = "suggested"
    NO_MODEL = "no_model"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A label with its short name; ``percent`` is how often such a suggestion is right."""

    label: str
    name: str
    percent: int

    @property
    def words(self) -> Any:
        """How sure that is, in words."""
        if self.percent >= rules.LIKELY_PCT:
            return _("很可能")
        return _("有可能") if self.percent >= rules.POSSIBLE_PCT else _("不確定")


@dataclass(frozen=True, slots=True)
class Suggestions:
    """At most three, likeliest first; empty unless ``state`` says suggested."""

    kind: str
    state: State
    items: tuple[Suggestion, ...] = ()
    training_id: int | None = None


@dataclass(frozen=True, slots=True)
class TrainingView:
    """The last learning: when, from how much, how good; ``is_usable`` if something came of it."""

    trained_at: datetime
    rows: int
    sources: Mapping[str, int]
    labels: Mapping[str, int]
    left_out: tuple[tuple[str, int], ...]
    """Names of what had too few examples, with how many."""
    accuracy_pct: Decimal | None
    top_accuracy_pct: Decimal | None
    library: str
    is_usable: bool


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one label was suggested first and another chosen."""

    suggested: str
    chosen: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """A month's suggestions beside what people chose in the end; labels by name."""

    month: date
    total: int
    first_right: int
    top_right: int
    pairs: tuple[Confusion, ...]

    @property
    def confusions(self) -> tuple[Confusion, ...]:
        """Only those that were wrong, most frequent first."""
        return tuple(pair for pair in self.pairs if pair.suggested != pair.chosen)

    @property
    def first_pct(self) -> Decimal | None:
        return _pct(self.first_right, self.total)

    @property
    def top_pct(self) -> Decimal | None:
        return _pct(self.top_right, self.total)

    @property
    def names(self) -> list[str]:
        """Whoever was suggested or chosen."""
        return sorted({name for pair in self.pairs for name in (pair.suggested, pair.chosen)})

    def matrix(self) -> list[tuple[str, list[int], int]]:
        """A line each suggested: its name, how often each of ``names`` was chosen, the sum."""
        counts = {(pair.suggested, pair.chosen): pair.count for pair in self.pairs}
        lines = [(row, [counts.get((row, name), 0) for name in self.names]) for row in self.names]
        return [(row, cells, sum(cells)) for row, cells in lines if any(cells)]


def suggest(*, kind: str, text: str, title: str = "") -> Suggestions:
    """What the text is likely to be: at most three labels that still exist, likeliest first.

    The text is neither kept nor logged. Without a model, or when nothing in the text is known,
    ``state`` says so.
    """
    training, model = _in_force(kind)
    if training is None or model is None:
        return Suggestions(kind, State.NO_MODEL)
    names = _names()
    shares = model.shares(rules.whole(title, text))
    items = [
        Suggestion(label, names[label], round(100 * share))
        for label, share in shares
        if label in names
    ][: rules.TOP]
    state = State.SUGGESTED if items else State.UNCLEAR
    return Suggestions(kind, state, tuple(items), training.pk)


def likely_first(choices: Sequence[tuple[str, str]], found: Suggestions) -> list[tuple[str, str]]:
    """Options of a select with what is suggested first, numbered and with its confidence."""
    names = dict(choices)
    words = _("%(number)s　%(name)s（%(words)s，%(percent)s%%）")
    likely = [item for item in found.items if item.label in names]
    first = [
        (
            item.label,
            str(words)
            % {
                "number": number,
                "name": local(names[item.label]),
                "words": item.words,
                "percent": item.percent,
            },
        )
        for number, item in enumerate(likely, start=1)
    ]
    chosen = {label for label, _words in first}
    return [*first, *(choice for choice in choices if choice[0] not in chosen)]


def last_training(kind: str) -> TrainingView | None:
    """How the last learning went."""
    row, model = _in_force(kind)
    if row is None:
        return None
    names = _names() if row.left_out else {}
    left_out = sorted(row.left_out.items(), key=lambda pair: (-pair[1], pair[0]))
    return TrainingView(
        trained_at=row.trained_at,
        rows=row.rows,
        sources=row.sources,
        labels=row.labels,
        left_out=tuple((names.get(label, label), count) for label, count in left_out),
        accuracy_pct=row.accuracy_pct,
        top_accuracy_pct=row.top_accuracy_pct,
        library=row.library,
        is_usable=model is not None,
    )


def report(kind: str, month: date) -> Report:
    """What was suggested in a month (Taipei) beside the last choice of each subject."""
    until = rules.start_of(rules.months_on(month, 1))
    subject = ("subject_kind", "subject_id")
    rows = (
        Choice.objects.filter(
            kind=kind, suggested_at__gte=rules.start_of(month), suggested_at__lt=until
        )
        .order_by(*subject, "-id")
        .distinct(*subject)
        .values_list("suggested", "chosen")
    )
    names = _names()
    first = top = 0
    counts: Counter[tuple[str, str]] = Counter()
    for suggested, chosen in rows:
        labels = [label for label, _percent in suggested]
        first += labels[0] == chosen
        top += chosen in labels
        counts[names.get(labels[0], labels[0]), names.get(chosen, chosen)] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    pairs = tuple(Confusion(*pair, count) for pair, count in ordered)
    return Report(month, counts.total(), first, top, pairs)


def in_force(kind: str) -> Training | None:
    """The last learning's row."""
    return Training.objects.filter(kind=kind).order_by("-id").first()


@dataclass(slots=True)
class _Loaded:
    """The models this process has read, by kind, with the learning they are of."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    models: dict[str, tuple[str, Learned | None]] = field(default_factory=dict)


_loaded = _Loaded()


def _in_force(kind: str) -> tuple[Training | None, Learned | None]:
    """The last learning and its model, read once a process; a newer one takes its place."""
    training = in_force(kind)
    if training is None or not training.file or training.version != VERSION:
        return training, None
    with _loaded.lock:
        file, model = _loaded.models.get(kind, ("", None))
        if file != training.file:
            model = _read(training)
            _loaded.models[kind] = (training.file, model)
    return training, model


def _read(training: Training) -> Learned | None:
    try:
        return store.read(training.file, training.sha256)
    except store.Damaged:
        log.warning("suggestions.model_refused", training=training.pk)
        return None


def _names() -> dict[str, str]:
    return {agency.code: agency.short_name or agency.name for agency in people.agencies()}


def _pct(part: int, whole: int) -> Decimal | None:
    return round(Decimal(100 * part) / whole, 1) if whole else None
