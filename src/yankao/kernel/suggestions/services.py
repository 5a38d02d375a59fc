"""Learning from what systems offer, and keeping what people chose."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

import structlog
from django.db import transaction

from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.people import queries as people
from yankao.kernel.suggestions import learning, queries, rules, store
from yankao.kernel.suggestions.learned import VERSION
from yankao.kernel.suggestions.models import Choice, Training
from yankao.kernel.suggestions.texts import Example, sources

log = structlog.get_logger(__name__)


class TrainingBusy(Refused):
    """Another process learns at the moment."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a learning gave; ``is_usable`` unless there was too little."""

    rows: int
    labels: int
    left_out: int
    accuracy_pct: Decimal | None
    is_usable: bool


def train(*, kind: str, at: datetime) -> Trained:
    """Learn anew from all that is offered now; what was deleted since is forgotten.

    Call it outside any transaction. With too little to learn from the former model is withdrawn.
    Killed half-way, the former model stays in force. Raises TrainingBusy.
    """
    with store.alone() as mine:
        if not mine:
            raise TrainingBusy("suggestions.busy", "另一個程序正在訓練。請等它做完再試。")
        examples, counts = _gather(kind, at.astimezone(TAIPEI).date())
        outcome = learning.learn(examples)
        file, sha256 = store.keep(outcome.model) if outcome.model else ("", "")
        with durable():
            Training.objects.create(
                kind=kind,
                trained_at=at,
                rows=sum(outcome.rows.values()),
                sources=counts,
                labels=outcome.rows,
                left_out=outcome.left_out,
                accuracy_pct=_pct(outcome.accuracy),
                top_accuracy_pct=_pct(outcome.top_accuracy),
                version=VERSION,
                library=learning.library(),
                file=file,
                sha256=sha256,
            )
        store.drop_all_but(_files_in_force())
    log.info("suggestions.trained", kind=kind, rows=len(examples), usable=bool(file))
    return Trained(
        rows=sum(outcome.rows.values()),
        labels=len(outcome.rows),
        left_out=len(outcome.left_out),
        accuracy_pct=_pct(outcome.accuracy),
        is_usable=outcome.model is not None,
    )


def record_choice(
    *, kind: str, subject: Subject, text: str, title: str = "", chosen: str, at: datetime
) -> None:
    """Keep what a person chose for the subject beside what is suggested for its text.

    Call it when a person confirms or changes the label, in the same transaction; whether they may
    is the calling system's. A later choice for the same subject is compared with what was suggested
    at first. Without a suggestion nothing is kept.
    """
    with transaction.atomic():
        first = (
            Choice.objects.filter(kind=kind, subject_kind=subject.kind, subject_id=subject.id)
            .order_by("-id")
            .first()
        ) or _suggested(kind, title, text, at)
        if first is not None:
            Choice.objects.create(
                kind=kind,
                subject_kind=subject.kind,
                subject_id=subject.id,
                training_id=first.training_id,
                suggested=first.suggested,
                suggested_at=first.suggested_at,
                chosen=chosen,
                chosen_at=at,
            )


def _suggested(kind: str, title: str, text: str, at: datetime) -> Choice | None:
    """What is suggested now, as the beginning of a choice."""
    found = queries.suggest(kind=kind, text=text, title=title)
    if found.training_id is None or not found.items:
        return None
    labels = [[item.label, item.percent] for item in found.items]
    return Choice(training_id=found.training_id, suggested=labels, suggested_at=at)


def _gather(kind: str, on: date) -> tuple[list[Example], dict[str, int]]:
    """Different examples of agencies that exist, and how many each source gave.

    Of an agency that is no more there is nothing to suggest; its former cases teach nothing.
    """
    known = {agency.code for agency in people.agencies() if agency.in_force_on(on)}
    examples: list[Example] = []
    counts: dict[str, int] = {}
    for source in sources(kind):
        offered = source.training_examples(rules.MOST_ROWS)
        given = list(dict.fromkeys(_usable(offered, known)))
        counts[source.training_source] = len(given)
        examples += given
    return examples, counts


def _usable(offered: Iterable[Example], known: set[str]) -> Iterator[Example]:
    for example in islice(offered, rules.MOST_ROWS):
        if example.label in known and (example.title.strip() or example.text.strip()):
            yield example


def _files_in_force() -> set[str]:
    kinds = Training.objects.values_list("kind", flat=True).distinct()
    rows = [queries.in_force(kind) for kind in kinds]
    return {row.file for row in rows if row is not None and row.file}


def _pct(share: float | None) -> Decimal | None:
    return None if share is None else round(Decimal(share) * 100, 1)
