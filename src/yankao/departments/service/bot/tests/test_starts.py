"""Buttons that begin a report or a petition, from what was said."""

from datetime import date

import pytest

from tests.cast import NOW
from yankao.base.ui_offers import share_said
from yankao.departments.service.dispatch.models import Item as ReportItem
from yankao.departments.service.dispatch.models import ItemGroup
from yankao.departments.service.dispatch.queries import ReportStarts
from yankao.departments.service.petitions.queries import PetitionStarts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def pothole() -> None:
    group = ItemGroup.objects.create(pk="road", name="道路", rank=1)
    ReportItem.objects.create(
        pk="pothole", group=group, name="路面坑洞(一)", plain_name="路面坑洞", is_public=True,
        term="dispatch.4h", in_force_from=date(2017, 1, 1),
    )  # fmt: skip


def test_the_item_that_is_named_can_be_reported() -> None:
    [start] = ReportStarts().citizen_starts("我家門口路面有坑洞", NOW)
    assert start.url.startswith("/report/?q=")
    assert "路面坑洞" in start.title
    assert not ReportStarts().citizen_starts("戶籍謄本多少錢", NOW)


def test_who_wants_to_complain_can_write() -> None:
    [start] = PetitionStarts().citizen_starts("我要檢舉隔壁", NOW)
    assert start.url == "/petition/"
    assert not PetitionStarts().citizen_starts("戶籍謄本多少錢", NOW)


def test_a_share_is_of_the_name() -> None:
    assert share_said("路面坑洞", "路面坑洞") == 1
    assert share_said("路", "路面") == 0
    assert share_said("", "") == 0
