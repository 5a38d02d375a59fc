"""The promise to the citizen, through every turn that moves it and the ones that do not."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from tests.factories import make_person
from yankao.base import formats
from yankao.base.actors import system_actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.departments.service.petitions import queries, services
from yankao.departments.service.petitions.figures import ON_TIME
from yankao.departments.service.petitions.models import Petition, Route, SectionTerm
from yankao.departments.service.petitions.pages import clocks
from yankao.kernel.calendar import services as calendar
from yankao.kernel.calendar.models import TermRule
from yankao.kernel.calendar.rules import Unit
from yankao.kernel.casework import lookups
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations import services as obligations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
STORM = date(2026, 3, 10)
MARCH = parse_period("2026-03")


def day(number: int, hour: int = 10) -> datetime:
    """An hour of a day of March 2026, in Taipei; received on Wednesday the 4th."""
    return datetime(2026, 3, number, hour - 8, tzinfo=UTC)


class Turns:
    """What happens to one petition, by number and day."""

    def __init__(self, hall: Any, **received: Any) -> None:
        self.hall = hall
        self.case: Petition = hall.accepted(**received)
        self.officer, self.supervisor = "officer", "supervisor"

    def hand_on(self, on: int) -> None:
        number, actor = self.case.number, self.hall.actor
        services.reassign_petition(
            number=number, agency="TRAFFIC", reason="公車", actor=actor("supervisor"), at=day(on)
        )
        services.accept_petition(number=number, actor=actor("other_officer"), at=day(on, 11))
        self.officer, self.supervisor = "other_officer", "other_supervisor"

    def ask_citizen(self, on: int) -> None:
        services.wait_for_citizen(
            number=self.case.number, reason="門牌？", actor=self.hall.actor(self.officer),
            at=day(on),
        )  # fmt: skip

    def supplement(self, on: int) -> None:
        services.supplement_petition(
            token=lookups.token_of(self.case.number), words="12 號", attached=(), at=day(on)
        )

    def extend(self, on: int) -> None:
        services.ask_extension(
            number=self.case.number, amount=2, reason="要會勘",
            actor=self.hall.actor(self.officer), at=day(on),
        )  # fmt: skip
        services.grant_extension(
            number=self.case.number, words="", actor=self.hall.actor(self.supervisor), at=day(on)
        )

    def stop_work(self, on: int) -> None:
        calendar.declare_stop_work(
            on=STORM, districts=(), reason="颱風", actor=self.hall.actor("commission"), at=day(on)
        )
        obligations.recompute_due(
            on=STORM, districts=(), actor=self.hall.actor("commission"), at=day(on)
        )

    def answer(self, on: int) -> None:
        services.answer_petition(
            petition_id=self.case.pk, agency=self.hall.fresh(self.case).agency_id,
            actor=system_actor("replies"), at=day(on),
        )  # fmt: skip

    def reopen(self, on: int) -> None:
        services.reopen_petition(
            number=self.case.number, reason="沒處理", actor=self.hall.actor("agent"), at=day(on)
        )
        services.accept_petition(
            number=self.case.number, actor=self.hall.actor(self.officer), at=day(on, 11)
        )


@pytest.fixture
def turns(hall, monkeypatch) -> Turns:
    monkeypatch.setattr(calendar, "announce", lambda event, **said: None)
    name = "other_supervisor"
    chief = make_person(name, name="交通科長", role="SUPERVISOR", agency=hall.cast.traffic)
    hall.cast.people[name] = chief
    return Turns(hall)


def play(turns: Turns, script: str) -> None:
    """``"hand_on 5, extend 6"``: what happens on which day of March."""
    for turn in filter(None, script.split(", ")):
        name, on = turn.split()
        getattr(turns, name)(int(on))


@pytest.mark.parametrize("handed_on", ["", "hand_on 5, "], ids=["one agency", "handed on"])
@pytest.mark.parametrize(
    ("script", "due"),
    [
        ("", 12),
        ("extend 6", 16),
        ("ask_citizen 6, supplement 9", 16),
        ("stop_work 11", 13),
        ("extend 6, ask_citizen 9, supplement 10, stop_work 11", 18),
    ],
)
def test_the_promise_moves_alike_whoever_has_the_petition(turns, handed_on, script, due) -> None:
    """Answered on the promise's last day it was on time, for the citizen and in the figure."""
    play(turns, f"{handed_on}{script}")
    case = turns.hall.fresh(turns.case)
    assert case.promise.due_at.astimezone(TAIPEI).date() == date(2026, 3, due)
    status = queries.status_by_token(lookups.token_of(case.number))
    brief = queries.PetitionReplies().reply_brief(case.pk, case.agency_id)
    assert status.due_at == brief.due_at == case.promise.due_at
    turns.answer(due)
    value = figures.value_of(ON_TIME, MARCH, as_of=day(31), sees_small=True)
    assert (value.value, value.denominator) == (Decimal(100), 1)


def test_the_letter_about_more_time_names_the_promises_day(turns) -> None:
    """Not the last day of the new agency's own term, which is one day later."""
    play(turns, "hand_on 5, extend 6")
    letter = Notice.objects.get(template__key="petitions.extended", channel="email")
    assert "115/03/16" in letter.envelope.body


RULE = "{begun}，隔天起算 6 個工作天，要在{due}前答覆。"
WAITED = "等民眾補充資料的 {days} 天沒有計入。"
HANDED_ON = "案件改由其他機關辦理，不延後答覆民眾的期限。"
MORE = "已核准展期 2 個工作天。"
STOPPED = "停班的 1 天沒有計入。"
WAITING = "正在等民眾補充資料，期限暫停；補充後從隔天繼續算。"


@pytest.mark.parametrize(
    ("script", "due", "more"),
    [
        ("", 12, []),
        ("extend 6", 16, [MORE]),
        ("ask_citizen 6, supplement 9", 16, [WAITED.format(days=2)]),
        ("ask_citizen 6, supplement 6", 12, []),
        ("stop_work 11", 13, [STOPPED]),
        ("hand_on 5", 12, [HANDED_ON]),
        (
            "hand_on 5, extend 6, ask_citizen 9, supplement 10, stop_work 11",
            18, [MORE, WAITED.format(days=1), STOPPED, HANDED_ON],
        ),
        ("ask_citizen 6", 0, []),
        ("extend 5, ask_citizen 6", 0, [MORE]),
        ("extend 6, answer 9", 0, None),
        ("extend 6, answer 9, reopen 10", 18, []),
    ],
)  # fmt: skip
def test_why_that_day_in_a_citizens_words(turns, client_of, script, due, more) -> None:
    """A day on which offices are closed while one waits is told once, as what it is anyway."""
    play(turns, script)
    case = turns.hall.fresh(turns.case)
    begun = "115/03/10（二）重啟" if "reopen" in script else "115/03/04（三）收件"
    rule = RULE.format(begun=begun, due=formats.roc_date(date(2026, 3, due or 1)))
    told = [] if more is None else [rule if due else WAITING, *more]
    moves = set(case.entries.values_list("move", flat=True))
    assert clocks.sentences(queries.why_due(case, moves)) == told
    with time_machine.travel(day(11), tick=False):
        case_page = client_of("agent").get(f"/petitions/{case.number}/").text
        public = Client().get(f"/petition/status/{lookups.token_of(case.number)}/").text
    for sentence in told:
        assert sentence in case_page
        assert (sentence in public) == (case.state != "waiting")
    assert ("會在" in public) == (MORE in told and case.state != "waiting")


def test_overdue_in_other_hands_blames_nobodys_chief(turns) -> None:
    """The new agency's own term still runs, so its chief was not reminded of anything."""
    play(turns, "hand_on 11")
    with time_machine.travel(day(13), tick=False):
        public = Client().get(f"/petition/status/{lookups.token_of(turns.case.number)}/").text
    assert "已經逾期；現在由交通局處理" in public
    assert "催辦" not in public


@pytest.mark.parametrize("days", [1, 2])
@pytest.mark.parametrize("is_waiting", [True, False])
def test_the_sentences_in_english(days, is_waiting) -> None:
    why = queries.WhyDue(
        begun_at=day(4), due_at=day(18), unit=Unit.WORKING_DAYS, amount=6, extended_by=2,
        waited=days, stopped=days, is_waiting=is_waiting, is_reopened=True, is_handed_on=True,
    )  # fmt: skip
    with translation.override("en"):
        told = clocks.sentences(why)
    assert len(told) == 5
    assert " ".join(told).isascii()
    assert told[2].startswith("1 day of" if days == 1 else "2 days of")


@pytest.mark.parametrize(
    ("lines", "received", "days"),
    [
        ([], {}, 6),
        ([("ROADS", "", "", "noise-all", "days.4")], {}, 4),
        ([("ROADS", "", "", "noise-all", "days.4"), ("ROADS", "", "noise", "", "days.3")], {}, 3),
        ([("ROADS", "ROADS-1", "", "noise-all", "days.4"), ("ROADS", "", "noise", "", "days.3")],
         {}, 4),
        ([("TRAFFIC", "", "noise", "", "days.3")], {}, 6),
        ([("ROADS", "", "bus", "", "days.3")], {}, 6),
        ([("ROADS", "", "noise", "", "days.3")], {"is_to_mayor": True}, 5),
    ],
    ids=["item's", "category", "item before category", "section before agency", "another agency's",
         "another item's", "mailbox"],
)  # fmt: skip
def test_whose_days_count(hall, lines, received, days) -> None:
    sections_have(lines)
    Route.objects.filter(agency="ROADS").update(unit="ROADS-1")
    case = hall.fresh(hall.received(**received))
    assert (case.handling.term_amount, case.promise.term_amount) == (days, days)


def test_a_section_elsewhere_has_other_days_for_the_same_item(turns) -> None:
    sections_have([("TRAFFIC", "", "noise", "", "days.3")])
    turns.hand_on(5)
    case = turns.hall.fresh(turns.case)
    assert (case.handling.term_amount, case.promise.term_amount) == (3, 6)


def test_days_of_sections_are_replaced_as_a_whole_and_need_a_term(hall) -> None:
    sections_have([("ROADS", "", "noise", "", "days.4")])
    sections_have([("ROADS", "", "noise", "", "days.3")])
    assert [line.term for line in SectionTerm.objects.all()] == ["days.3"]
    with pytest.raises(Refused):
        sections_have([("ROADS", "", "noise", "", "days.99")])
    assert [line.term for line in SectionTerm.objects.all()] == ["days.3"]


def sections_have(lines: list[tuple[str, ...]]) -> None:
    for amount in (3, 4):
        TermRule.objects.get_or_create(
            key=f"days.{amount}", defaults={
                "title": "自訂", "unit": "working_days", "amount": amount, "citation": "示範值",
                "certainty": "?", "in_force_from": date(2010, 1, 1),
            },
        )  # fmt: skip
    names = ("agency", "unit", "item", "category", "term")
    services.load_section_terms(
        [dict(zip(names, line, strict=True)) for line in lines],
        actor=system_actor("city-pack"), at=day(1),
    )  # fmt: skip
