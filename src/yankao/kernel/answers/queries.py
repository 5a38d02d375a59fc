"""Asking, how good the answers are, and what could not be answered."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.kernel.answers import rules, store
from yankao.kernel.answers.entries import Entry, sources
from yankao.kernel.answers.matching import VERSION, Index, Ranked
from yankao.kernel.answers.models import Build, Evaluation, Gap, Outcome, Reason
from yankao.kernel.answers.permissions import GAPS

__all__ = ["Entry", "EntryKey", "Evaluation", "Found", "Gap", "Hit", "Outcome", "Reason", "ask"]

_CANDIDATES = 12
"""So many are asked of their sources; enough when some were withdrawn meanwhile."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EntryKey:
    """An entry named from outside: its source and its key there."""

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry as it may be shown now, and how likely it is the one: percent."""

    source: str
    entry: Entry
    percent: int

    @property
    def named(self) -> EntryKey:
        return EntryKey(self.source, self.entry.key)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question, likeliest first; ``answer`` is None when that is unsure."""

    hits: tuple[Hit, ...] = ()
    answer: Hit | None = None

    @property
    def others(self) -> tuple[Hit, ...]:
        """What may be meant instead."""
        return tuple(hit for hit in self.hits if hit is not self.answer)


class GapUnknown(NotVisible):
    """No such question that this actor may see."""


def ask(question: str, *, at: datetime) -> Found:
    """The published entries likeliest to answer a question in everyday words; at most five.

    Only the first 200 characters are read; nothing is kept or logged. Each entry is asked of its
    source at this moment, so nothing withdrawn or expired is among them however old the index is.
    """
    index = _in_force()
    ranked = index.rank(question, _CANDIDATES) if index else []
    entries = entries_for([EntryKey(rank.source, rank.key) for rank in ranked], at=at)
    named = [(rank, entries.get(EntryKey(rank.source, rank.key))) for rank in ranked]
    shown = [(rank, entry) for rank, entry in named if entry is not None]
    hits = tuple(
        Hit(rank.source, entry, round(100 * _confidence(rank, entry, shown[place + 1 :])))
        for place, (rank, entry) in enumerate(shown[: rules.SHOWN])
    )
    sure = bool(hits) and hits[0].percent >= least_confidence_pct()
    return Found(hits, hits[0] if sure else None)


def _confidence(rank: Ranked, entry: Entry, behind: Sequence[tuple[Ranked, Entry]]) -> float:
    own = rules.fold(entry.question)
    runner_up = next((r.score for r, other in behind if rules.fold(other.question) != own), 0.0)
    return rules.confidence(rank.score, rank.asked_for, runner_up)


def entry_for(named: EntryKey, *, at: datetime) -> Entry | None:
    """One entry, if it may be shown now."""
    return entries_for([named], at=at).get(named)


def entries_for(named: Sequence[EntryKey], *, at: datetime) -> dict[EntryKey, Entry]:
    """Those of the entries that may be shown now; one call a source."""
    found: dict[EntryKey, Entry] = {}
    for name, source in sources().items():
        keys = list(dict.fromkeys(key.key for key in named if key.source == name))
        for entry in source.answers_by_key(keys, at) if keys else ():
            found[EntryKey(name, entry.key)] = entry
    return found


def least_confidence_pct() -> int:
    """From where on the city answers: ``[answers] least_confidence_pct`` of its city.toml."""
    wanted = settings.CITY.get("answers", {}).get("least_confidence_pct")
    return wanted if isinstance(wanted, int) else rules.LEAST_CONFIDENCE_PCT


def has_index() -> bool:
    """Whether there is an index of this version on this disk, as it was written."""
    build = Build.objects.order_by("-id").first()
    return (
        build is not None and build.version == VERSION and store.is_whole(build.file, build.sha256)
    )


@dataclass(frozen=True, slots=True)
class BuildView:
    """The last making of the index."""

    built_at: datetime
    entries: int


def last_build() -> BuildView | None:
    """When the index was made, of how many entries."""
    row = Build.objects.order_by("-id").first()
    return BuildView(row.built_at, row.entries) if row else None


def last_evaluations(most: int = 14) -> list[Evaluation]:
    """Newest first."""
    return list(Evaluation.objects.order_by("-id")[:most])


@dataclass(slots=True)
class _Loaded:
    """The index this process has read, and which it is."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    file: str = ""
    index: Index | None = None


_loaded = _Loaded()


def _in_force() -> Index | None:
    """The last index, read once a process; a newer one takes its place."""
    build = Build.objects.order_by("-id").first()
    if build is None or build.version != VERSION:
        return None
    with _loaded.lock:
        if _loaded.file != build.file:
            _loaded.index = _read(build)
            _loaded.file = build.file
        return _loaded.index


def _read(build: Build) -> Index | None:
    try:
        return store.read(build.file, build.sha256)
    except store.Damaged:
        log.warning("answers.index_refused", build=build.pk)
        return None


def gaps_for(actor: Actor) -> QuerySet[Gap]:
    """Open questions without a good answer, most asked first.

    Who holds the permission everywhere sees all; an agency what is likely its own.
    """
    agencies = actor.agencies_for(GAPS)
    open_ones = Gap.objects.filter(settled_at=None).order_by("-times", "-last_at", "-id")
    return open_ones if agencies is None else open_ones.filter(agency__in=agencies)


def gap_for(actor: Actor, gap_id: int) -> Gap:
    """One of `gaps_for`, also when it is settled. Raises GapUnknown."""
    gap = Gap.objects.filter(pk=gap_id).first()
    agencies = actor.agencies_for(GAPS)
    if gap is None or (agencies is not None and gap.agency not in agencies):
        raise GapUnknown("answers.gap_unknown", _("找不到這個提問。請回到清單重新選擇。"))
    return gap


def open_gap_count(actor: Actor) -> int:
    """How many wait."""
    return gaps_for(actor).count()


def last_asked_before(at: datetime) -> QuerySet[Gap]:
    """Settled or not, what nobody asked since."""
    return Gap.objects.filter(last_at__lt=at)
