"""A town where potholes are reported and noise is petitioned about, and browsers of citizens."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import count

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.dispatch import services as dispatch
from yankao.departments.service.dispatch.tests.conftest import Town, town
from yankao.departments.service.dispatch.tests.test_offline import easy
from yankao.departments.service.petitions import services as petitions
from yankao.departments.service.petitions.models import Category, Item, Petition, Route
from yankao.departments.service.petitions.tests.conftest import Hall
from yankao.kernel.calendar.models import TermRule
from yankao.kernel.doors.tests.stamps import stamped
from yankao.kernel.notices.models import Envelope

WANG = "wang@example.tw"
_lines = count()
SIGN_IN, CODE, MY = "/my/sign-in/", "/my/sign-in/code/", "/my/"

__all__ = ["easy", "town"]


@dataclass
class Place:
    """The town with a hall, and what Wang does there."""

    town: Town
    hall: Hall

    def pothole(self, email: str = WANG, **changes) -> str:
        """Reported with the address; its number."""
        contact = dispatch.Contact(name="王小明", email=email)
        return self.town.report(contact=contact, **changes).number

    def noise(self, email: str = WANG, **matter) -> Petition:
        sender = petitions.Sender("王小明", "0912345678", email, "某路 1 號")
        return self.hall.received(sender=sender, matter=matter)


@pytest.fixture
def place(town: Town) -> Place:
    for key, unit, amount in (
        ("petition.ordinary", "working_days", 6),
        ("petition.mayor", "working_days", 5),
    ):
        TermRule.objects.create(
            key=key, title=key, unit=unit, amount=amount, citation="示範值", certainty="?",
            in_force_from=date(2010, 1, 1),
        )  # fmt: skip
    category = Category.objects.create(code="noise-all", name="噪音類")
    Item.objects.create(
        code="noise", category=category, name="噪音事項", term="petition.ordinary",
        in_force_from=date(2010, 1, 1),
    )  # fmt: skip
    Route.objects.create(category=category, agency=town.cast.roads)
    return Place(town, Hall(town.cast))


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


def ask(client: Client, email: str = WANG, at=NOW, **more):
    """Ask for a code as the page does."""
    client.get(SIGN_IN)
    return client.post(SIGN_IN, {"email": email, **stamped(at=at), **more})


def mailed(email: str = WANG) -> str:
    """The code in the last letter to the address."""
    letter = Envelope.objects.filter(address=email).order_by("-notice_id").first()
    [code] = re.findall(r"\d{4} \d{4}", letter.body)
    return code


def sign_in(email: str = WANG, at=NOW, **more) -> Client:
    """A browser signed in as a citizen, each on a line of its own."""
    client = Client(REMOTE_ADDR=f"198.51.100.{next(_lines) % 250 + 1}")
    assert ask(client, email, at).url == CODE
    answer = client.post(CODE, {"code": mailed(email), **more})
    assert answer.status_code == 302, answer.text
    return client
