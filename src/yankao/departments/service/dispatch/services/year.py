"""Cases of a generated year: received, worked on and ended as real ones are, set-based.

Neither reporters nor photographs: those of a year long past are gone after its retention.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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
from yankao.departments.service.dispatch.models import Case, CaseEntry, Extension, Item
from yankao.departments.service.dispatch.services import common, intake
from yankao.departments.service.dispatch.services.clocks import EXTENSION_TERM, EXTENSIONS
from yankao.departments.service.dispatch.services.turns import CHECK_TERM
from yankao.departments.service.dispatch.workflow import KIND, Move, State
from yankao.kernel.calendar.queries import Calendar
from yankao.kernel.calendar.rules import Term, Unit
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
from yankao.kernel.casework.rules import RouteRow
from yankao.kernel.obligations import services as obligations
from yankao.kernel.obligations.services import PastTurn
from yankao.kernel.people import services as people
from yankao.kernel.places import queries as places
from yankao.kernel.places.queries import Spot
from yankao.kernel.search import services as search

BATCH = 5_000
MOST_SPOTS = 20_000
CURVE = Curve(
    months=(7, 6, 7, 8, 10, 11, 12, 12, 9, 8, 7, 7),  # rain and typhoons from May on
    weekdays=(10, 10, 10, 10, 10, 8, 7),
    hours=(1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 7, 6, 7, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1),
)
OFTEN = {"坑洞": 12, "路燈不亮": 9, "路樹": 6, "積水": 5, "號誌故障": 4, "違規停車": 4}
DETAILS = (
    "經過的人車要閃避", "已經好幾天了", "晚上看不清楚，容易發生意外", "範圍愈來愈大",
    "附近居民都在反映", "昨天下雨後更嚴重", "請派人到現場看看", "影響出入",
)  # fmt: skip
REMARKS = ("已到場處理完成。", "已修復並清理現場。", "已更換零件並測試正常。", "已填補並壓實。")
MORE_TIME = ("等候零件到貨", "需要會同管線單位施工", "改善範圍較大，需要分段施工")
STOOD_STILL = ("連日大雨無法施工", "等待民眾確認地點", "颱風期間暫停施工")
LATE_PCT, CANCELLED_PCT = 7, 0.6
EXTENDED_PCT, PAUSED_PCT, HANDED_ON_PCT = 2, 1.5, 4
"""示範值, as all shares but the published ones."""
MORE, DECIDED_IN = {Unit.HOURS: 24}, timedelta(hours=2)
_CASE = (
    "id", "number", "item_id", "state", "channel", "description", "received_at", "recorded_at",
    "district_id", "village_id", "lat", "lng", "place_words", "agency_id", "unit_id",
    "officer_id", "promise_id", "handling_id", "reassignments", "checking_id", "accepted_at",
    "done_at", "done_by", "verified_at", "closed_at", "public_remark", "source",
)  # fmt: skip


class NothingToDraw(Refused):
    """The city pack is not loaded: no item, no place or nobody in charge."""


def generate_year(run: YearRun) -> Mapping[str, int]:
    """As many cases as were published; returns how many. Raises NothingToDraw."""
    total, by_app = run.share("received"), run.share("app")
    chance = run.chance()
    instants = CURVE.instants(chance, run.year, total)
    channels = ["app"] * by_app + ["phone"] * (total - by_app)
    chance.shuffle(channels)
    town, made = _Town(chance, run, min(total, MOST_SPOTS)), 0
    plan = zip(instants, list(_numbers(instants)), channels, strict=True)
    for batch in in_batches(plan, BATCH):
        drawn = [town.case(*one) for one in batch]
        _store(drawn, town)
        made += len(drawn)
        run.progress(made)
    return {"received": total, "app": by_app}


def phoned_of_year(run: YearRun) -> Iterator[YearCase]:
    """The generated cases somebody called about, in order of receipt."""
    first, after = run.bounds
    rows = Case.objects.filter(received_at__gte=first, received_at__lt=after)
    rows = rows.filter(source=run.key, channel="phone")
    names = ("id", "number", "received_at", "closed_at", "done_at")
    columns = rows.order_by("received_at", "id").values_list(*names)
    for pk, number, received_at, closed_at, done_at in columns.iterator(10_000):
        yield YearCase(Subject(KIND, pk), number, received_at, closed_at if done_at else None)


def _numbers(instants: Sequence[datetime]) -> Iterator[str]:
    """The day's next numbers; the instants are in order."""
    for day, group in groupby(instants, key=_day):
        yield from intake.next_numbers(day, len(list(group)))


def _day(at: datetime) -> date:
    return at.astimezone(TAIPEI).date()


@dataclass(slots=True)
class _Drawn:
    """A case as `common.Described` with what became of it."""

    number: str
    channel: str
    received_at: datetime
    item: Item
    village: str | None
    lat: float
    lng: float
    officer: Actor
    district_id: str | None
    agency_id: str | None
    unit_id: str | None
    officer_id: int | None
    description: str
    place_words: str
    accepted_at: datetime
    done_at: datetime
    closed_at: datetime
    public_remark: str
    is_cancelled: bool
    story: Story
    pk: int = 0
    promise_id: int | None = None
    handling_id: int | None = None
    checking_id: int | None = None
    lead_id: int | None = None
    paper_number: str = ""
    late_entry_reason: str = ""


class _Town:
    """What is drawn from: places, items with who is in charge, and the calendar."""

    def __init__(self, chance: random.Random, run: YearRun, spots: int) -> None:
        self.chance, self.run, self.calendar = chance, run, Calendar()
        self.routes, self.officers = intake.Routes(), Officers(run.at)
        self.spots = self._located(spots)
        self.by_district: dict[str, tuple[list[tuple[Item, RouteRow]], list[int]]] = {}

    @cached_property
    def items(self) -> list[Item]:
        """Items in force all the year."""
        first, last = _day(self.run.bounds[0]), _day(self.run.bounds[1]) - timedelta(days=1)
        rows = Item.objects.filter(in_force_from__lte=first).order_by("code")
        return [i for i in rows if i.in_force_to is None or i.in_force_to >= last]

    def _located(self, count: int) -> list[tuple[float, float, Spot]]:
        """Points in the city, more of them where more people live."""
        districts = places.districts()
        weights = people_in(district.name for district in districts)
        near = self.chance.choices(districts, weights=weights, k=count * 2) if districts else []
        lats = [round(d.lat + self.chance.gauss(0, 0.012), 6) for d in near]
        lngs = [round(d.lng + self.chance.gauss(0, 0.012), 6) for d in near]
        found = zip(lats, lngs, places.locate_many(lats, lngs), strict=True)
        spots = [(lat, lng, spot) for lat, lng, spot in found if spot and spot.village_code]
        if not spots or not self.items:
            raise NothingToDraw(
                "dispatch.year_nothing_to_draw",
                "還沒有派工項目或行政區。請先執行 yankao load 載入城市資料包，再產生示範年度。",
            )
        return spots

    def _matters(self, district: str) -> tuple[list[tuple[Item, RouteRow]], list[int]]:
        """What can be reported in the district, and how often it is."""
        if district not in self.by_district:
            found = [(item, self.routes.of(item, district)) for item in self.items]
            routed = [(item, route) for item, route in found if route]
            often = [
                next((n for word, n in OFTEN.items() if word in i.plain_name), 1)
                for i, _r in routed
            ]
            self.by_district[district] = routed, often
        return self.by_district[district]

    def case(self, received_at: datetime, number: str, channel: str) -> _Drawn:
        """One case with all that became of it."""
        chance = self.chance
        lat, lng, spot = chance.choice(self.spots)
        matters, often = self._matters(spot.district_code)
        item, route = chance.choices(matters, weights=often)[0]
        where = f"{spot.district_name}{spot.village_name}{chance.choice(self._corners)}"
        officer = self.officers.of(route.agency)
        is_cancelled = chance.random() * 100 < CANCELLED_PCT
        story, accepted_at, done_at = self._worked(
            item, received_at, spot.district_code, route.agency, is_plain=is_cancelled
        )
        unit = None if story.first else route.unit  # whoever was handed a case has it as a whole
        return _Drawn(
            number, channel, received_at, item, spot.village_code, lat, lng, officer,
            spot.district_code, route.agency, unit, officer.person_id,
            f"{item.plain_name}，{chance.choice(DETAILS)}。{MARK}", where, accepted_at, done_at,
            done_at + timedelta(seconds=int(chance.uniform(1, 40) * 3600)), chance.choice(REMARKS),
            is_cancelled, story,
        )  # fmt: skip

    @cached_property
    def _corners(self) -> Sequence[str]:
        return list(settings.CITY.get("demo", {}).get("spots") or ["路口"])

    def _worked(
        self, item: Item, received_at: datetime, district: str, agency: str, *, is_plain: bool
    ) -> tuple[Story, datetime, datetime]:
        """What befell it, when it was signed in and done: most in time, some after it was due."""
        chance = self.chance
        term = self.calendar.term(item.term, _day(received_at))
        due_at = self.calendar.due_at(term=term, start=received_at, district=district)
        accepted_at = self._between(received_at, due_at, 0.01, 0.12)
        begin, story = accepted_at, PLAIN
        if not is_plain:
            story = self._story(received_at, accepted_at, due_at, term, district, agency)
        if story.turn:
            begin = story.turn.until_at or story.turn.at
            due_at = obligations.due_after(
                story.turns, term=term, start=received_at, district=district, calendar=self.calendar
            )
        if chance.random() * 100 < LATE_PCT:
            after = (due_at - begin).total_seconds() + chance.uniform(0.2, 60) * 3600
        else:
            after = (due_at - begin).total_seconds() * 0.97 * chance.random() ** 0.6
        return story, accepted_at, begin + timedelta(seconds=int(after))

    def _story(
        self,
        received_at: datetime,
        accepted_at: datetime,
        due_at: datetime,
        term: Term,
        district: str,
        agency: str,
    ) -> Story:
        chance, lot = self.chance, self.chance.random() * 100
        if lot < EXTENDED_PCT:
            asked_at = self._between(accepted_at, due_at, 0.3, 0.8)
            granted_at = self._between(asked_at, min(due_at, asked_at + DECIDED_IN), 0.1, 0.9)
            more, reason = MORE.get(term.unit, 2), f"{chance.choice(MORE_TIME)}{MARK}"
            turn = PastTurn(granted_at, CHIEF, reason, more, citation=EXTENSIONS.citation)
            return Story(turn, asked_at)
        if lot < EXTENDED_PCT + PAUSED_PCT:
            from_at = self._between(accepted_at, due_at, 0.2, 0.8)
            until_at = from_at + timedelta(seconds=int(chance.uniform(4, 60) * 3600))
            reason = f"{chance.choice(STOOD_STILL)}{MARK}"
            return Story(PastTurn(from_at, CHIEF, reason, until_at=until_at))
        if lot < EXTENDED_PCT + PAUSED_PCT + HANDED_ON_PCT:
            first = chance.choice(self._matters(district)[0])[1]
            if first.agency != agency:
                return Story(
                    first=first, handed_at=self._between(received_at, accepted_at, 0.2, 0.8)
                )
        return PLAIN

    def _between(self, begin: datetime, end: datetime, least: float, most: float) -> datetime:
        """An instant in that part of the span, to the second."""
        span = (end - begin).total_seconds()
        return begin + timedelta(seconds=int(span * self.chance.uniform(least, most)))


def _store(drawn: Sequence[_Drawn], town: _Town) -> None:
    def owed(past: list[obligations.PastObligation]) -> list[int]:
        return obligations.store_past(past, calendar=town.calendar)

    for one, pk in zip(drawn, reserve_ids(Case, len(drawn)), strict=True):
        one.pk = pk
    for one, id_ in zip(drawn, owed([_promise(o, town.calendar) for o in drawn]), strict=True):
        one.promise_id = one.handling_id = id_
    handed = [one for one in drawn if one.story.first]
    for one, id_ in zip(handed, owed([_handling(o, town.calendar) for o in handed]), strict=True):
        one.handling_id = id_
    done = [one for one in drawn if not one.is_cancelled]
    for one, id_ in zip(done, owed([_check(o, town.calendar) for o in done]), strict=True):
        one.checking_id = id_
    copy_values(Case, _CASE, (_values(one, town.run.key) for one in drawn))
    copy_values(CaseEntry, ENTRY, (line for one in drawn for line in _history(one)))
    extended = [(one, *one.story.extension) for one in drawn if one.story.extension]
    deciding = owed([_deciding(*told, town.calendar) for told in extended])
    copy_values(
        Extension, EXTENSION,
        (extension_of(one.pk, turn, one.officer, asked_at, id_)
         for (one, turn, asked_at), id_ in zip(extended, deciding, strict=True)),
    )  # fmt: skip
    people.store_past_tenures(
        held
        for one in drawn
        for held in tenures_of(
            Subject(KIND, one.pk), one.agency_id or "", one.received_at, one.story
        )
    )
    search.touch([Subject(KIND, one.pk) for one in drawn])


def _promise(one: _Drawn, calendar: Calendar) -> obligations.PastObligation:
    """The first obligation; of a case handed on the one that lapsed then."""
    if one.story.handed_on:
        first, handed_at = one.story.handed_on
        before = replace(one, agency_id=first.agency, unit_id=first.unit, officer_id=None)
        new = _owed(before, common.HANDLE, one.item.term, one.received_at, calendar)
        return obligations.PastObligation(new, _taker(one), CHIEF, handed_at, f"改分：{HANDED_ON}")
    return _handling(one, calendar)


def _handling(one: _Drawn, calendar: Calendar) -> obligations.PastObligation:
    """The obligation of the agency that did the work."""
    taker = CHIEF if one.story.first else _taker(one)
    new = _owed(one, common.HANDLE, one.item.term, one.story.handed_at or one.received_at, calendar)
    if one.is_cancelled:
        return obligations.PastObligation(new, taker, CHIEF, one.done_at, f"註銷：重複{MARK}")
    turns = one.story.turns
    return obligations.PastObligation(new, taker, one.officer, one.done_at, turns=turns)


def _deciding(
    one: _Drawn, turn: PastTurn, asked_at: datetime, calendar: Calendar
) -> obligations.PastObligation:
    new = _owed(one, common.DECIDE, EXTENSION_TERM, asked_at, calendar)
    return obligations.PastObligation(new, one.officer, CHIEF, turn.at)


def _owed(
    one: _Drawn, kind: str, term: str, opened_at: datetime, calendar: Calendar
) -> obligations.NewObligation:
    in_force = calendar.term(term, _day(opened_at))
    return common.new_obligation(one, kind=kind, term=in_force, opened_at=opened_at)


def _check(one: _Drawn, calendar: Calendar) -> obligations.PastObligation:
    new = _owed(one, common.CHECK, CHECK_TERM, one.done_at, calendar)
    return obligations.PastObligation(new, one.officer, CHIEF, one.closed_at)


def _taker(one: _Drawn) -> Actor:
    return AGENT if one.channel == "phone" else ANONYMOUS


def _values(one: _Drawn, source: str) -> tuple[Any, ...]:
    """Of the columns ``_CASE``."""
    same = (
        one.channel, one.description, one.received_at, one.received_at, one.district_id,
        one.village, one.lat, one.lng, one.place_words, one.agency_id, one.unit_id,
        one.officer_id, one.promise_id, one.handling_id, int(one.story.first is not None),
    )  # fmt: skip
    if one.is_cancelled:
        ended: tuple[Any, ...] = (
            None, one.accepted_at, None, "", None, one.done_at, "已由另一件處理。", source
        )  # fmt: skip
        return (one.pk, one.number, one.item.pk, State.CANCELLED, *same, *ended)
    ended = (
        one.checking_id, one.accepted_at, one.done_at, one.officer.key, one.closed_at,
        one.closed_at, one.public_remark, source,
    )  # fmt: skip
    return (one.pk, one.number, one.item.pk, State.CLOSED, *same, *ended)


def _history(one: _Drawn) -> Iterator[tuple[Any, ...]]:
    """Of the columns ``ENTRY``: the moves of the workflow, in order."""

    def line(
        at: datetime, move: str, actor: Actor, words: str = "", agency: str | None = None
    ) -> tuple[Any, ...]:
        its = None if actor is AGENT or actor is ANONYMOUS else agency or one.agency_id
        return one.pk, at, move, actor.key, actor.name, its, words

    story = one.story
    yield line(one.received_at, "received", _taker(one))
    if story.handed_on:
        first, handed_at = story.handed_on
        yield line(handed_at, Move.REASSIGN, CHIEF, HANDED_ON, first.agency)
    yield line(one.accepted_at, Move.ACCEPT, one.officer)
    if one.is_cancelled:
        yield line(one.done_at, Move.CANCEL, CHIEF, f"重複{MARK}")
        return
    if story.extension:
        turn, asked_at = story.extension
        words = f"＋{turn.amount}　{turn.reason}"
        yield line(asked_at, Move.ASK_EXTENSION, one.officer, words)
        yield line(turn.at, Move.GRANT_EXTENSION, CHIEF)
    elif story.turn and story.turn.until_at:
        yield line(story.turn.at, Move.PAUSE, CHIEF, story.turn.reason)
        yield line(story.turn.until_at, Move.RESUME, one.officer)
    yield line(one.done_at, Move.REPORT_DONE, one.officer, MARK)
    yield line(one.closed_at, Move.VERIFY, CHIEF, MARK)
    yield line(one.closed_at, Move.CLOSE, CHIEF)
