"""A caller is found, corrected and taken out, also when asked about the case of the call."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.departments.service.calls import services
from yankao.departments.service.calls.models import (
    Call,
    Caller,
    CallEvent,
    ListenNote,
    Review,
    Words,
)
from yankao.departments.service.calls.tests.conftest import PHONE, later
from yankao.departments.service.calls.workflow import KIND, CallKind
from yankao.departments.service.privacy.services.erasing import erase_record
from yankao.kernel.answers.models import Gap
from yankao.kernel.casework.personal import holders

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(exchange, agent) -> Call:
    made = exchange.answered()
    services.keep_words(
        call_id=made.pk, text="我是王小明", place="", name="王小明", actor=agent, at=NOW
    )
    return made


def test_found_by_number_and_by_contact(call) -> None:
    held = holders()[KIND]
    assert held.id_of(call.number) == call.pk
    assert [held.id_of(number) for number in ("T", "T0999999", "D0000001", "T²")] == [None] * 4
    assert held.of_person(name="王小明", phone="+886 912-345-678", email="") == [call.pk]
    assert held.of_person(name="王小明", phone="", email="x@example.tw") == []
    assert held.of_person(name="別人", phone=PHONE, email="") == []
    one = held.held([call.pk])[call.pk]
    assert (one.number, one.phone, one.agency) == (call.number, PHONE, "RDEC")
    assert list(one.texts.values()) == ["我是王小明"]


def test_corrected_and_found_again(call) -> None:
    held = holders()[KIND]
    held.correct(id=call.pk, values={"phone": "0911222333"})
    assert held.of_person(name="王小明", phone="0911222333", email="") == [call.pk]
    assert held.of_person(name="王小明", phone=PHONE, email="") == []


def test_the_caller_goes_and_the_call_stays(exchange, call, cast) -> None:
    exchange.tell(exchange.event("ended", at=later(99)))
    held = holders()[KIND]
    assert held.due(later(99)) == 0
    assert list(held.closed_before(later(100), after=0, limit=5)) == [call.pk]
    erase_record(
        Subject(KIND, call.pk), reason="G1", agency="RDEC", actor=cast.actor("head"),
        at=NOW + timedelta(days=1),
    )  # fmt: skip
    assert not Caller.objects.exists()
    assert not Words.objects.exists()
    call.refresh_from_db()
    assert (call.state, call.agent.account) == ("ended", "agent")
    page = cast.client("commission").get(f"/calls/{call.number}/")
    assert page.status_code == 200
    assert set(CallEvent.objects.values_list("digest", flat=True)) == {""}
    again = exchange.event("ringing", caller=PHONE) | {"id": "e1"}
    assert exchange.tell(again).json() == {"new": 0, "known": 1}
    assert exchange.tell(exchange.event("rated", at=later(100), satisfaction=1)).status_code == 200
    assert not Caller.objects.exists(), "a late event brings nobody back"


@pytest.fixture
def withheld(exchange, agent) -> Call:
    """A caller without a number or a name, and a call whose end was lost."""
    exchange.ring(caller="")
    exchange.tell(exchange.event("answered", at=later(5), agent="a01"))
    made = Call.objects.get()
    services.keep_words(
        call_id=made.pk, text="我家漏水", place="三民區", name="", actor=agent, at=NOW
    )
    return made


def test_what_a_withheld_number_said_goes_too_though_the_end_was_lost(exchange, withheld) -> None:
    held = holders()[KIND]
    exchange.ring("nothing-said", at=later(-60), caller="")
    assert held.id_of(withheld.number) == withheld.pk
    assert list(held.held([withheld.pk])[withheld.pk].texts.values()) == ["我家漏水", "三民區"]
    assert (held.due(NOW), held.due(later(1))) == (0, 1)
    assert list(held.closed_before(later(1), after=0, limit=5)) == [withheld.pk]
    held.erase(id=withheld.pk)
    assert not Words.objects.exists()
    assert (held.due(later(1)), held.id_of(withheld.number)) == (0, None)


def test_a_withheld_number_is_corrected_and_never_found_by_name_alone(withheld, agent) -> None:
    held = holders()[KIND]
    services.keep_words(
        call_id=withheld.pk, text="漏水", place="", name="王小明", actor=agent, at=NOW
    )
    assert held.of_person(name="王小明", phone="－", email="") == []
    held.correct(id=withheld.pk, values={"phone": PHONE})
    assert held.of_person(name="王小明", phone=PHONE, email="") == [withheld.pk]


def test_copies_go_with_the_caller(exchange, call, cast) -> None:
    exchange.tell(exchange.event("ended", at=later(99)))
    services.keep_words(
        call_id=call.pk, text="我是王小明", place="明誠路 9 號", name="王小明",
        actor=cast.actor("agent"), at=NOW,
    )  # fmt: skip
    said = "明誠路 9 號的王小明很兇"
    ListenNote.objects.create(call=call, words=said, at=NOW, by_name="督導")
    Review.objects.create(
        call=call, agent_id=call.agent_id, month=NOW.date(), seed="s", objection=said, ruling=said
    )
    holders()[KIND].erase(id=call.pk)
    review = Review.objects.get()
    assert review.objection == review.ruling == "○○的○○很兇"
    assert not ListenNote.objects.exists()


def test_a_new_event_after_erasure_brings_nobody_back(exchange, call) -> None:
    holders()[KIND].erase(id=call.pk)
    new = exchange.event("held", at=later(30), caller=PHONE)
    assert exchange.tell(new).json() == {"new": 1, "known": 0}
    assert exchange.tell(new).json() == {"new": 0, "known": 1}
    assert not Caller.objects.exists()
    call.refresh_from_db()
    assert call.state == "held"


def test_a_question_for_the_knowledge_names_nobody(exchange, call, agent) -> None:
    services.keep_words(
        call_id=call.pk,
        text="王小明問怎麼請路燈",
        place="明誠路",
        name="王小明",
        actor=agent,
        at=NOW,
    )
    call = Call.objects.get(pk=call.pk)
    services.classify_call(
        call_id=call.pk, kind=CallKind.INQUIRY, at_once=False, actor=agent, at=NOW
    )
    assert Gap.objects.get().text == "○○問怎麼請路燈"
