"""A conversation as it may be shown now."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from yankao.base import registry
from yankao.base.ui_offers import CitizenServices, Start
from yankao.departments.service.bot import rules
from yankao.departments.service.bot.models import SeenEvent, Turn
from yankao.departments.service.bot.workflow import State
from yankao.kernel.answers import queries as answers
from yankao.kernel.answers.queries import Entry, EntryKey
from yankao.kernel.people import queries as people

MOST_TURNS = 20
SHOWN_FOR = timedelta(hours=1)
"""Who sits down later at a shared computer reads nothing of it."""
MOST_OTHERS, MOST_STARTS = 3, 3


@dataclass(frozen=True, slots=True)
class TurnView:
    """A question with what may be shown for it at this moment.

    ``entry`` is None when nothing answered, and when what answered is no longer published
    (``is_gone``). ``others`` may be meant instead. ``starts`` are services that fit the words, of
    the last turn only.
    """

    id: int
    asked_at: datetime
    question: str
    state: State
    entry: Entry | None
    agency: str
    others: tuple[Entry, ...]
    is_helpful: bool | None
    talk: rules.Talk | None
    urgent: tuple[str, ...]
    worded: str = ""
    starts: tuple[Start, ...] = ()

    @property
    def is_gone(self) -> bool:
        return self.state == State.ANSWERED and self.entry is None


def turns_of(key: str, *, at: datetime) -> list[TurnView]:
    """The last turns of the last hour, oldest first; none for a key nobody has."""
    if not key:
        return []
    lately = Turn.objects.filter(conversation__key=key, asked_at__gt=at - SHOWN_FOR)
    rows = lately.order_by("-id")[:MOST_TURNS]
    return _views(list(rows)[::-1], at)


def turn_for(key: str, turn_id: int, *, at: datetime) -> TurnView | None:
    """One turn of that conversation."""
    rows = list(Turn.objects.filter(pk=turn_id, conversation__key=key))
    return next(iter(_views(rows, at)), None)


def digest_of(entry: Entry) -> str:
    """What changes with the words of an entry."""
    return hashlib.sha256(f"{entry.question}\n{entry.answer}".encode()).hexdigest()


def understood_last(conversation_id: int) -> str:
    """What was last looked for, as long as its words are kept."""
    asked = Turn.objects.filter(conversation_id=conversation_id).exclude(state=State.TALK)
    return asked.order_by("-id").values_list("understood", flat=True).first() or ""


def text_days() -> int:
    """How many days words are kept: ``[bot] text_days`` of the city."""
    wanted = settings.CITY.get("bot", {}).get("text_days")
    return wanted if isinstance(wanted, int) and wanted > 0 else rules.TEXT_DAYS


def events_before(at: datetime) -> QuerySet[SeenEvent]:
    """Events of LINE nobody sends again."""
    return SeenEvent.objects.filter(seen_at__lt=at)


def _views(rows: Sequence[Turn], at: datetime) -> list[TurnView]:
    named = [[EntryKey(*pair) for pair in row.shown] for row in rows]
    entries = answers.entries_for([key for keys in named for key in keys], at=at)
    agencies = {agency.code: agency.short_name or agency.name for agency in people.agencies()}
    views = [_view(row, keys, entries, agencies) for row, keys in zip(rows, named, strict=True)]
    return [*views[:-1], replace(views[-1], starts=_starts(rows[-1].question, at))] if views else []


def _view(
    row: Turn,
    keys: Sequence[EntryKey],
    entries: dict[EntryKey, Entry],
    agencies: dict[str, str],
) -> TurnView:
    is_answered = row.state == State.ANSWERED
    entry = entries.get(keys[0]) if is_answered else None
    others = [entries[key] for key in keys[int(is_answered) :] if key in entries]
    return TurnView(
        id=row.pk,
        asked_at=row.asked_at,
        question=row.question,
        state=State(row.state),
        entry=entry,
        agency=agencies.get(entry.agency, "") if entry else "",
        others=tuple(others[:MOST_OTHERS]),
        is_helpful=row.is_helpful,
        worded=row.worded if entry and row.worded_from == digest_of(entry) else "",
        talk=rules.talk(row.question),
        urgent=rules.urgent_numbers(row.question),
    )


def _starts(words: str, at: datetime) -> tuple[Start, ...]:
    offers = registry.offers(CitizenServices)
    found = [start for offer in offers for start in offer.citizen_starts(words, at)]
    return tuple(found[:MOST_STARTS])
