"""A caller is found, corrected and taken out, also when asked about the case of the call."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.departments.service.calls import services
from yankao.departments.service.calls.models import Call, Caller, CallEvent, Words
from yankao.departments.service.calls.tests.conftest import PHONE, later
from yankao.departments.service.calls.workflow import KIND
from yankao.departments.service.privacy.services.erasing import erase_record
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
