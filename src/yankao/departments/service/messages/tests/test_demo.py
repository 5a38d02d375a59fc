"""The demo's programs: made through services, marked, once."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW
from tests.factories import make_agency
from yankao.departments.service.messages import commands
from yankao.departments.service.messages.models import Message, Program, TemplateVersion
from yankao.kernel.notices.models import Envelope, Notice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def later():
    with time_machine.travel(NOW, tick=False):
        yield


def test_made_once_and_said_so(later, cast):
    make_agency("HEA")
    [line] = commands.prepare_demo()
    assert commands.MARK in line
    assert commands.prepare_demo() == []
    program = Program.objects.get()
    assert program.name.endswith(commands.MARK)
    assert Message.objects.count() == commands.MESSAGES
    assert all(commands.MARK in one.body for one in TemplateVersion.objects.all())
    assert set(Notice.objects.values_list("payer", flat=True)) == {"HEA"}
    assert NOW - timedelta(days=31) <= Message.objects.earliest("at").at <= NOW
    for address in Envelope.objects.values_list("address", flat=True):
        assert address.startswith("09000000") or address.endswith("@example.com")


def test_a_city_without_the_agency_has_none(later, cast):
    assert commands.prepare_demo() == []
    assert not Program.objects.exists()
