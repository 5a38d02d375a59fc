"""Conversations of a generated year, set-based; the words are gone, as those of any old question.

What answered is an entry that is published now.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from yankao.base.copying import copy_values, reserve_ids
from yankao.base.demo_year import Curve, YearRun, in_batches, round_half_up
from yankao.base.errors import Refused
from yankao.departments.service.bot.models import Conversation, Turn
from yankao.departments.service.bot.workflow import Channel, State
from yankao.kernel.answers.entries import sources

BATCH = 5_000
MOST_ENTRIES = 2_000
CURVE = Curve(
    months=(8, 7, 8, 8, 8, 8, 9, 9, 8, 8, 8, 9),
    weekdays=(11, 11, 11, 10, 10, 7, 6),
    hours=(3, 2, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 8, 9, 10, 9, 8, 7, 6, 7, 8, 8, 6, 4),
)
CHANNELS = {Channel.WEB: 8, Channel.LINE: 2}
JUDGED_PCT, HELPFUL_PCT = 20, 85
_TURN = ("conversation_id", "asked_at", "state", "shown", "agency", "percent", "is_helpful")

Shown = tuple[str, str, str]
"""Source, key and agency of an entry."""


class NothingToShow(Refused):
    """No entry is published, so nothing can have answered."""


def generate_year(run: YearRun) -> Mapping[str, int]:
    """As many people and questions as were published. Raises NothingToShow."""
    people, questions = run.share("people"), run.share("questions")
    answered = round_half_up(questions * run.pct("answered_pct"))
    chance = run.chance()
    entries = _entries(run.at)
    if answered and not entries:
        raise NothingToShow(
            "bot.year_nothing_to_show",
            "還沒有已公布的問答，智能客服無從回答。請先匯入或公布知識庫的問答。",
        )
    starts = CURVE.instants(chance, run.year, people)
    asked = [1] * people
    for who in chance.choices(range(people), k=questions - people) if people else ():
        asked[who] += 1
    states = [State.ANSWERED] * answered + [State.UNSURE] * (questions - answered)
    chance.shuffle(states)
    made = 0
    for batch in in_batches(zip(starts, asked, strict=True), BATCH):
        ids = reserve_ids(Conversation, len(batch))
        copy_values(
            Conversation,
            ("id", "key", "channel", "started_at"),
            [(id_, f"{chance.getrandbits(192):048x}", _channel(chance), at)
             for id_, (at, _count) in zip(ids, batch, strict=True)],
        )  # fmt: skip
        turns = [
            turn
            for id_, (at, count) in zip(ids, batch, strict=True)
            for turn in _turns(run, chance, id_, at, [states.pop() for _n in range(count)], entries)
        ]
        copy_values(Turn, _TURN, turns)
        made += len(turns)
        run.progress(made)
    return {"people": people, "questions": questions, "answered": answered}


def _entries(at: datetime) -> list[Shown]:
    """Published entries, each source's in the order of its keys."""
    found: list[Shown] = []
    for name, source in sorted(sources().items()):
        entries = islice(source.answer_entries(at), MOST_ENTRIES)
        found += [(name, entry.key, entry.agency) for entry in entries]
    return sorted(found)


def _channel(chance: random.Random) -> Channel:
    return chance.choices(list(CHANNELS), weights=list(CHANNELS.values()))[0]


def _turns(
    run: YearRun,
    chance: random.Random,
    conversation: int,
    at: datetime,
    states: Sequence[State],
    entries: Sequence[Shown],
) -> Iterator[tuple[Any, ...]]:
    """Of the columns ``_TURN``: the first question begins the conversation."""
    last = run.bounds[1] - timedelta(seconds=1)
    for number, state in enumerate(states):
        at = min(last, at + timedelta(seconds=chance.randint(20, 150))) if number else at
        if state is State.UNSURE:
            yield conversation, at, state, [], "", 0, None
            continue
        source, key, agency = chance.choice(entries)
        is_judged = chance.random() * 100 < JUDGED_PCT
        helpful = chance.random() * 100 < HELPFUL_PCT if is_judged else None
        yield conversation, at, state, [[source, key]], agency, chance.randint(76, 99), helpful
