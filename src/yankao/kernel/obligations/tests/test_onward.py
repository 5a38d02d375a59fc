"""From one matter straight to the next."""

from datetime import timedelta

import pytest
import time_machine

from tests.cast import NOW
from yankao.kernel.obligations import faces, queries, services
from yankao.kernel.obligations.tests.factories import OPENER, open_one

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steps", "districts")]


@pytest.fixture
def owed(cast):
    """Opens an obligation of the roads office, later ones due later."""

    def open_(hours: int, player: str | None = "officer", **fields):
        person = cast.person(player).pk if player else None
        opened_at = NOW + timedelta(hours=hours)
        return open_one(
            debtor_agency="ROADS", debtor_person=person, opened_at=opened_at, at=opened_at,
            **fields,
        )  # fmt: skip

    return open_


def after(actor, number=""):
    found = queries.next_for(actor, after=number)
    return found and found.number


def test_one_goes_round_over_all_systems(cast, owed) -> None:
    late = owed(30, kind="service.petitions.handle")
    early, middle = owed(0), owed(10)
    officer = cast.actor("officer")
    assert after(officer) == early.number
    assert after(officer, early.number) == middle.number
    assert after(officer, middle.number) == late.number
    assert after(officer, late.number) == early.number
    assert after(officer, "unknown") == early.number


def test_what_is_finished_or_paused_is_passed_over(cast, owed) -> None:
    first, second, third = owed(0), owed(10), owed(20)
    how = {"actor": OPENER, "at": NOW + timedelta(hours=21)}
    services.fulfil_obligation(obligation_id=first.pk, **how)
    assert after(cast.actor("officer"), first.number) == second.number
    services.pause_obligation(obligation_id=second.pk, reason="等民眾補件", **how)
    assert after(cast.actor("officer"), first.number) == third.number
    services.fulfil_obligation(obligation_id=third.pk, **how)
    assert after(cast.actor("officer"), third.number) is None


def test_without_work_of_ones_own_comes_what_nobody_has(cast, owed) -> None:
    owed(0, "second_officer")
    free = owed(10, None)
    assert after(cast.actor("officer")) == free.number
    assert after(cast.actor("second_officer")) != free.number
    assert after(cast.actor("other_officer")) is None


def test_the_key_leads_there(cast, owed, client_of) -> None:
    one, other = owed(0), owed(10, address="/probe/1/")
    with time_machine.travel(NOW, tick=False):
        officer = client_of("officer")
        answer = officer.get(faces.next_url(cast.actor("officer"), one.number))
        assert answer.url == other.address
        assert client_of("other_officer").get("/work/next/").url == "/work/"
        assert client_of("other_officer").get(f"/work/next/?after={one.number}").url == "/work/"
        assert client_of("agent").get("/work/next/").status_code == 403
    assert faces.next_url(cast.actor("agent"), one.number) == ""
