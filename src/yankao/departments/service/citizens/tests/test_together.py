"""Two at once: a code signs in one browser, a phone is one row, a message is sent once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.cast import NOW
from yankao.base.errors import Refused
from yankao.base.transactions import durable
from yankao.departments.service.citizens import services
from yankao.departments.service.citizens.models import Citizen, Session, Subscription
from yankao.departments.service.citizens.tests.conftest import mailed
from yankao.departments.service.citizens.tests.service import Phone
from yankao.departments.service.citizens.workflow import Move

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = Phone("https://fcm.googleapis.com")


def twice(work):
    """What two doing the same at the same moment got."""
    together = Barrier(2)

    def one(_nth):
        try:
            together.wait(10)
            with durable():
                return work()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def test_everything_at_once(place):
    key = services.send_code(email="wang@example.tw", english=False, at=NOW)
    code = mailed()
    answers = twice(
        lambda: services.open_by_code(key=key, code=code, own_device=True, browser="", at=NOW)
    )
    assert sorted(type(one).__name__ for one in answers) == ["CodeWrong", "Opened"]
    assert (Citizen.objects.count(), Session.objects.count()) == (1, 1)
    twice(
        lambda: services.subscribe(
            cookie="", browser=services.Browser(**PHONE.told()),
            wishes=services.Wishes(["news"]), citizen=None, language="", at=NOW,
        )
    )  # fmt: skip
    assert Subscription.objects.count() == 1
    officer, head = place.town.actor("officer"), place.town.actor("head")
    draft = services.Draft("news", "停水", "明天停水。")
    row = services.write_bulletin(draft=draft, actor=officer, at=NOW)
    send = {"bulletin_id": row.pk, "move": Move.SEND, "reason": "", "actor": head, "at": NOW}
    answers = twice(lambda: services.move_bulletin(**send))
    assert sorted(type(one).__name__ for one in answers) == ["Bulletin", "MoveImpossible"]
