"""Shared by the tests of obligations: the ladder of the pack, and notices that are only heard."""

import pytest
from django.conf import settings

from tests.cast import NOW
from yankao.base.packs import read_table
from yankao.kernel.calendar import services as calendar
from yankao.kernel.obligations import services
from yankao.kernel.obligations.services import ladder
from yankao.kernel.obligations.tests.factories import OPENER
from yankao.kernel.places.models import District


def pack_rows(name: str) -> list[dict[str, str]]:
    return read_table(settings.YANKAO_CITY, name)


@pytest.fixture
def steps(db):
    """The city's ladder and terms."""
    calendar.load_terms(pack_rows("terms.csv"), actor=OPENER, at=NOW)
    services.load_escalation(pack_rows("escalation.csv"), actor=OPENER, at=NOW)


@pytest.fixture
def districts(db):
    """Two districts, 甲區 and 乙區."""
    rows = [("01", "甲區", 22.6, 120.3), ("02", "乙區", 22.7, 120.4)]
    return [
        District.objects.create(code=code, name=name, name_en=name, lat=lat, lng=lng)
        for code, name, lat, lng in rows
    ]


@pytest.fixture
def heard(monkeypatch):
    """Every notice that would be sent: (template, person id, context)."""
    sent = []

    def send_many(*, template, channel, messages, at):
        assert channel == "in_app"
        sent.extend((template, message.to.person_id, message.context) for message in messages)
        return len(sent)

    monkeypatch.setattr(ladder.notices, "send_many", send_many)
    return sent
