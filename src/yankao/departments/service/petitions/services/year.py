"""Petitions of a generated year: received, answered and ended as real ones are, set-based.

Nobody is behind them: who petitioned in a year long past was taken out after its retention.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from django.conf import settings

from yankao.base.actors import ANONYMOUS, Actor
from yankao.base.clock import TAIPEI
from yankao.base.copying import copy_values, reserve_ids
from yankao.base.demo_year import MARK, Curve, YearCase, YearRun, in_batches
from yankao.base.errors import Refused
from yankao.base.subjects import Subject
from yankao.departments.service.petitions.models import (
    DayNumber,
    Extension,
    Item,
    Petition,
    PetitionEntry,
    Route,
)
from yankao.departments.service.petitions.services import common
from yankao.departments.service.petitions.services.moving import EXTENSION_TERM, EXTENSIONS
from yankao.departments.service.petitions.workflow import KIND, Move, State
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import Term
from yankao.kernel.casework import numbers
from yankao.kernel.casework.past import (
    AGENT,
    CHIEF,
    ENTRY,
    EXTENSION,
    HANDED_ON,
    PLAIN,
    Officers,
    Story,
    extension_of,
    people_in,
    tenures_of,
)
from yankao.kernel.casework.rules import RouteRow, route_for
from yankao.kernel.obligations import services as obligations
from yankao.kernel.obligations.services import PastTurn
from yankao.kernel.people import services as people
from yankao.kernel.places import queries as places
from yankao.kernel.search import services as search

BATCH = 5_000
CURVE = Curve(
    months=(9, 6, 9, 9, 9, 8, 9, 9, 8, 8, 8, 8),
    weekdays=(12, 11, 11, 11, 11, 6, 5),
    hours=(1, 1, 1, 1, 1, 1, 2, 4, 9, 11, 11, 9, 6, 8, 9, 9, 9, 7, 5, 5, 5, 4, 3, 2),
)
OTHER_CHANNELS = {"phone": 88, "web": 7, "counter": 3, "letter": 1, "fax": 1}
"""Of what did not come to the mayor's mailbox: most were calls; 示範值."""
WISHES = (
    "希望改善", "希望說明處理情形", "希望加強巡查", "希望提供補助資訊", "希望儘快答覆",
    "建議調整作法", "詢問辦理進度", "反映多次未見改善",
)  # fmt: skip
ANSWERS = (
    "您反映的事項已請同仁實地瞭解並安排改善，後續辦理情形會公布在本局網站。",
    "已請業務單位說明，並依您的建議檢討作法。",
    "經派員現場勘查，已請維護單位處理完成。",
    "您詢問的辦理方式已以電話說明，如仍有疑問歡迎再與我們聯絡。",
)
MAILBOX = "mailbox"
MORE_TIME = ("案情複雜，需要會勘後再答覆", "涉及多個機關，等待會辦意見", "需要調閱歷年資料")
QUESTIONS = ("請提供發生的日期與時間。", "請說明確切的地點或門牌。", "請補充照片或相關文件。")
LATE_PCT, WITHDRAWN_PCT = 5, 0.7
EXTENDED_PCT, PAUSED_PCT, HANDED_ON_PCT = 4, 3, 5
"""示範值, as all shares but the published ones."""
MORE_DAYS = 3
_PETITION = (
    "id", "number", "item_id", "state", "channel", "is_to_mayor", "title", "content",
    "received_at", "recorded_at", "district_id", "agency_id", "unit_id", "officer_id", "promise_id",
    "handling_id", "reassignments", "extensions_granted", "accepted_at", "answered_at",
    "answer_told", "closed_at", "intake_key",
)  # fmt: skip


class NothingToDraw(Refused):
    """The city pack is not loaded: no item, no district or nobody in charge."""


def generate_year(run: YearRun) -> Mapping[str, int]:
    """As many petitions as were published; returns how many. Raises NothingToDraw."""
    total, mailbox = run.share("received"), run.share("mailbox")
    chance = run.chance()
    instants = CURVE.instants(chance, run.year, total)
    others = chance.choices(
        list(OTHER_CHANNELS), weights=list(OTHER_CHANNELS.values()), k=total - mailbox
    )
    channels = [*others, *([MAILBOX] * mailbox)]
    chance.shuffle(channels)
    desk, made = _Desk(chance, run), 0
    plan = zip(instants, list(_numbers(instants)), channels, strict=True)
    for batch in in_batches(enumerate(plan, start=1), BATCH):
        drawn = [desk.petition(serial, *one) for serial, one in batch]
        _store(drawn, desk.calendar)
        made += len(drawn)
        run.progress(made)
    return {"received": total, "mailbox": mailbox}


def phoned_of_year(run: YearRun) -> Iterator[YearCase]:
    """The generated petitions somebody called about, in order of receipt."""
    first, after = run.bounds
    rows = Petition.objects.filter(received_at__gte=first, received_at__lt=after, channel="phone")
    rows = rows.filter(intake_key__startswith=run.key).order_by("received_at", "id")
    columns = rows.values_list("id", "number", "received_at", "answered_at")
    for pk, number, received_at, answered_at in columns.iterator(10_000):
        yield YearCase(Subject(KIND, pk), number, received_at, answered_at)


def _numbers(instants: Sequence[datetime]) -> Iterator[str]:
    """The day's next numbers; the instants are in order."""
    prefix = settings.CITY.get("petitions", {}).get("number_prefix", "P")
    for day, group in groupby(instants, key=_day):
        yield from numbers.next_numbers(DayNumber, day, len(list(group)), prefix=prefix)


def _day(at: datetime) -> date:
    return at.astimezone(TAIPEI).date()


@dataclass(slots=True)
class _Drawn:
    """A petition with what became of it."""

    key: str
    number: str
    channel: str
    received_at: datetime
    item: Item
    district: str
    route: RouteRow
    officer: Actor
    wish: str
    accepted_at: datetime
    ended_at: datetime
    answer: str
    story: Story
    pk: int = 0
    promise_id: int = 0
    handling_id: int = 0

    @property
    def is_withdrawn(self) -> bool:
        return not self.answer

    @property
    def taker(self) -> Actor:
        return ANONYMOUS if self.channel in {"web", MAILBOX} else AGENT


class _Desk:
    """What is drawn from: items with who is in charge, districts, and the calendar."""

    def __init__(self, chance: random.Random, run: YearRun) -> None:
        self.chance, self.run, self.calendar = chance, run, Calendar()
        self.officers = Officers(run.at)
        found = places.districts()
        often = people_in(district.name for district in found)
        self.districts = [(d.code, n) for d, n in zip(found, often, strict=True)]
        self.found: dict[tuple[str, str], RouteRow | None] = {}
        if not self.items or not self.districts:
            raise NothingToDraw(
                "petitions.year_nothing_to_draw",
                "還沒有陳情事項或行政區。請先執行 yankao load 載入城市資料包，再產生示範年度。",
            )

    @cached_property
    def items(self) -> list[Item]:
        """Items in force all the year that somebody answers everywhere."""
        first, last = _day(self.run.bounds[0]), _day(self.run.bounds[1]) - timedelta(days=1)
        rows = Item.objects.filter(in_force_from__lte=first).order_by("code")
        kept = [i for i in rows if i.in_force_to is None or i.in_force_to >= last]
        return [i for i in kept if all(self.route(i, code) for code, _n in self.districts)]

    @cached_property
    def lines(self) -> list[RouteRow]:
        columns = ("item_id", "category_id", "district_id", "agency_id", "unit_id")
        return [RouteRow(*row) for row in Route.objects.values_list(*columns)]

    def route(self, item: Item, district: str) -> RouteRow | None:
        """Who answers for the item in the district."""
        if (item.pk, district) not in self.found:
            self.found[item.pk, district] = route_for(
                self.lines, item=item.pk, group=item.category_id, district=district
            )
        return self.found[item.pk, district]

    def petition(self, serial: int, received_at: datetime, number: str, channel: str) -> _Drawn:
        """One petition with all that became of it."""
        chance = self.chance
        item = chance.choice(self.items)
        [(district, _often)] = chance.choices(self.districts, weights=self._often)
        route = self.route(item, district)
        assert route is not None, "only such items are drawn"
        term = self.calendar.term(term_key(item, channel), _day(received_at))
        is_withdrawn = chance.random() * 100 < WITHDRAWN_PCT
        story, accepted_at, ended_at = self._worked(
            received_at, term, district, route, is_plain=is_withdrawn
        )
        if story.first:  # whoever was handed a petition has it as a whole
            route = replace(route, unit=None)
        return _Drawn(
            f"{self.run.key}-{serial:06d}", number, channel, received_at, item, district, route,
            self.officers.of(route.agency), chance.choice(WISHES), accepted_at, ended_at,
            "" if is_withdrawn else f"{chance.choice(ANSWERS)}{MARK}", story,
        )  # fmt: skip

    @cached_property
    def _often(self) -> list[int]:
        return [often for _code, often in self.districts]

    def _worked(
        self, received_at: datetime, term: Term, district: str, route: RouteRow, *, is_plain: bool
    ) -> tuple[Story, datetime, datetime]:
        """What befell it, when it was signed in and answered: most in time, in office hours."""
        chance, begin = self.chance, received_at
        due_at = self.calendar.due_at(term=term, start=received_at, district=district)
        story = PLAIN if is_plain else self._story(received_at, due_at, district, route)
        if story.handed_at:
            begin = story.handed_at
        if story.turn:
            begin = story.turn.until_at or story.turn.at
            due_at = obligations.due_after(
                story.turns, term=term, start=received_at, district=district, calendar=self.calendar
            )
        last = _day(due_at)
        if chance.random() * 100 < LATE_PCT:
            day = last + timedelta(days=chance.randint(1, 9))
        else:
            day = last - timedelta(days=int((last - _day(begin)).days * chance.random() ** 2))
        ended_at = max(self._office(day), begin + timedelta(minutes=chance.randint(20, 120)))
        opened_at = story.handed_at or received_at
        first = story.asked_at or (story.turn.at if story.turn else ended_at)
        accepted = opened_at + (first - opened_at) * chance.uniform(0.02, 0.4)
        return story, accepted.replace(microsecond=0), ended_at

    def _story(
        self, received_at: datetime, due_at: datetime, district: str, route: RouteRow
    ) -> Story:
        chance, lot = self.chance, self.chance.random() * 100
        first, last = _day(received_at), _day(due_at)
        if lot < EXTENDED_PCT:
            asked_at = max(self._office(last, 9, 3), received_at + timedelta(hours=1))
            granted_at = asked_at + timedelta(minutes=chance.randint(20, 240))
            reason = f"{chance.choice(MORE_TIME)}{MARK}"
            turn = PastTurn(granted_at, CHIEF, reason, MORE_DAYS, citation=EXTENSIONS.citation)
            return Story(turn, asked_at)
        if lot < EXTENDED_PCT + PAUSED_PCT:
            from_at = self._office(first + timedelta(days=1))
            until_at = self._office(_day(from_at) + timedelta(days=chance.randint(2, 8)))
            question = f"{chance.choice(QUESTIONS)}{MARK}"
            officer = self.officers.of(route.agency)
            return Story(PastTurn(from_at, officer, question, until_at=until_at))
        if lot < EXTENDED_PCT + PAUSED_PCT + HANDED_ON_PCT:
            wrong = self.route(chance.choice(self.items), district)
            if wrong and wrong.agency != route.agency:
                minutes = chance.randint(20, 1_200)
                return Story(first=wrong, handed_at=received_at + timedelta(minutes=minutes))
        return PLAIN

    def _office(self, day: date, hour: int = 9, hours: int = 8) -> datetime:
        """Some time of the day's office hours."""
        begin = datetime.combine(day, time(hour), tzinfo=TAIPEI)
        return begin + timedelta(seconds=int(self.chance.random() * hours * 3600))


def term_key(item: Item, channel: str) -> str:
    """As ``common.term_of``, but for days of a section's own: of 2019 nobody knows them."""
    return common.MAYOR_TERM if channel == MAILBOX else item.term


def _store(drawn: Sequence[_Drawn], calendar: Calendar) -> None:
    def owed(past: list[obligations.PastObligation]) -> list[int]:
        return obligations.store_past(past, calendar=calendar)

    for one, pk in zip(drawn, reserve_ids(Petition, len(drawn)), strict=True):
        one.pk = pk
    for one, id_ in zip(drawn, owed([_promise(o, calendar) for o in drawn]), strict=True):
        one.promise_id = one.handling_id = id_
    handed = [one for one in drawn if one.story.first]
    for one, id_ in zip(handed, owed([_handling(o, calendar) for o in handed]), strict=True):
        one.handling_id = id_
    copy_values(Petition, _PETITION, map(_values, drawn))
    copy_values(PetitionEntry, ENTRY, (line for one in drawn for line in _history(one)))
    extended = [(one, *one.story.extension) for one in drawn if one.story.extension]
    deciding = owed([_deciding(*told, calendar) for told in extended])
    copy_values(
        Extension, EXTENSION,
        (extension_of(one.pk, turn, one.officer, asked_at, id_)
         for (one, turn, asked_at), id_ in zip(extended, deciding, strict=True)),
    )  # fmt: skip
    people.store_past_tenures(
        held
        for one in drawn
        for held in tenures_of(Subject(KIND, one.pk), one.route.agency, one.received_at, one.story)
    )
    search.touch([Subject(KIND, one.pk) for one in drawn])


def _promise(one: _Drawn, calendar: Calendar) -> obligations.PastObligation:
    """The first obligation; of a petition handed on the one that lapsed then."""
    if one.story.handed_on:
        first, handed_at = one.story.handed_on
        new = _owed(one, common.HANDLE, term_key(one.item, one.channel), one.received_at, calendar)
        new = replace(new, debtor_agency=first.agency, debtor_unit=first.unit, debtor_person=None)
        return obligations.PastObligation(new, one.taker, CHIEF, handed_at, f"改分：{HANDED_ON}")
    return _handling(one, calendar)


def _handling(one: _Drawn, calendar: Calendar) -> obligations.PastObligation:
    """The obligation of the agency that answered."""
    taker = CHIEF if one.story.first else one.taker
    opened_at = one.story.handed_at or one.received_at
    new = _owed(one, common.HANDLE, term_key(one.item, one.channel), opened_at, calendar)
    reason = f"撤回：民眾來電撤回{MARK}" if one.is_withdrawn else ""
    return obligations.PastObligation(new, taker, CHIEF, one.ended_at, reason, one.story.turns)


def _deciding(
    one: _Drawn, turn: PastTurn, asked_at: datetime, calendar: Calendar
) -> obligations.PastObligation:
    new = _owed(one, common.DECIDE, EXTENSION_TERM, asked_at, calendar)
    return obligations.PastObligation(new, one.officer, CHIEF, turn.at)


def _owed(
    one: _Drawn, kind: str, term: str, opened_at: datetime, calendar: Calendar
) -> obligations.NewObligation:
    return obligations.NewObligation(
        kind=kind,
        subject=Subject(KIND, one.pk),
        number=one.number,
        title=one.item.name,
        address=f"/petitions/{one.number}/",
        debtor_agency=one.route.agency,
        debtor_unit=one.route.unit,
        debtor_person=one.officer.person_id if kind == common.HANDLE else None,
        district=one.district,
        term=calendar.term(term, _day(opened_at)),
        opened_at=opened_at,
    )


def _values(one: _Drawn) -> tuple[Any, ...]:
    """Of the columns ``_PETITION``."""
    state = State.WITHDRAWN if one.is_withdrawn else State.CLOSED
    answered_at = None if one.is_withdrawn else one.ended_at
    return (
        one.pk, one.number, one.item.pk, state, one.channel, one.channel == MAILBOX,
        f"{one.item.name}：{one.wish}", f"關於{one.item.name}，{one.wish}。{MARK}",
        one.received_at, one.received_at, one.district, one.route.agency, one.route.unit,
        one.officer.person_id, one.promise_id, one.handling_id, int(one.story.first is not None),
        int(one.story.extension is not None), one.accepted_at, answered_at,
        one.answer, one.ended_at, one.key,
    )  # fmt: skip


def _history(one: _Drawn) -> Iterator[tuple[Any, ...]]:
    """Of the columns ``ENTRY``: the moves of the workflow, in order."""

    def line(
        at: datetime, move: str, actor: Actor, words: str = "", agency: str = ""
    ) -> tuple[Any, ...]:
        its = None if actor is AGENT or actor is ANONYMOUS else agency or one.route.agency
        return one.pk, at, move, actor.key, actor.name, its, words

    story = one.story
    yield line(one.received_at, "received", one.taker)
    if story.handed_on:
        first, handed_at = story.handed_on
        yield line(handed_at, Move.REASSIGN, CHIEF, HANDED_ON, first.agency)
    yield line(one.accepted_at, Move.ACCEPT, one.officer)
    if one.is_withdrawn:
        yield line(one.ended_at, Move.WITHDRAW, CHIEF, f"民眾來電撤回{MARK}")
        return
    if story.extension:
        turn, asked_at = story.extension
        words = f"＋{turn.amount}　{turn.reason}"
        yield line(asked_at, Move.ASK_EXTENSION, one.officer, words)
        yield line(turn.at, Move.GRANT_EXTENSION, CHIEF)
    elif story.turn and story.turn.until_at:
        yield line(story.turn.at, Move.WAIT, one.officer, story.turn.reason)
        yield line(story.turn.until_at, Move.RESUME, one.officer, "民眾已補充")
    yield line(one.ended_at, Move.RECORD_ANSWER, CHIEF, one.answer)
    yield line(one.ended_at, Move.CLOSE, CHIEF)
