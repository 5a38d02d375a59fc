"""Two at once: one link, one call, one round of asking."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.departments.service.satisfaction import services
from yankao.departments.service.satisfaction.models import Invitation, Response, SecondAnswer
from yankao.departments.service.satisfaction.queries import InvitationEnded
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.tests.test_together import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


def test_one_link_is_answered_once(office):
    office.closed.put(1)
    office.invite()
    outcomes = at_once(*[lambda: office.answer(level="5", second=True)] * 3)
    assert sum(isinstance(one, services.AlreadyAnswered) for one in outcomes) == 2
    assert Response.objects.count() == 1
    assert SecondAnswer.objects.count() == 1


def test_one_call_is_taken_down_once(office):
    office.closed.put(1)
    office.draw()
    call, agent = Invitation.objects.get(), office.actor("agent")

    def take_down():
        return services.answer_by_phone(
            invitation_id=call.pk,
            answers={"level": "2"},
            wants_second=False,
            actor=agent,
            at=LATER,
        )

    outcomes = at_once(take_down, take_down)
    assert sum(isinstance(one, InvitationEnded) for one in outcomes) == 1
    assert Response.objects.count() == 1


def test_two_rounds_ask_once(office):
    for id in range(1, 6):
        office.closed.put(id)
    assert sorted(at_once(office.invite, office.invite)) == [0, 5]
    assert Invitation.objects.count() == Notice.objects.count() == 5
