"""The page of a case that people pass on: what anybody may know, and nothing else."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.tests.conftest import Town
from yankao.kernel.files.models import Attachment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]
CONTACT = services.Contact(name="王小明", phone="0912345678", email="ming@example.com")


@pytest.fixture
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def page(client: Client, number: str) -> str:
    answer = client.get(f"/map/{number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_tells_the_matter_and_no_person(town: Town, client: Client) -> None:
    where = services.Where(lat=22.651234, lng=120.351234, words="我家門口")
    reported = town.report(where=where, description="隔壁老王挖的", contact=CONTACT)
    told = page(client, reported.number)
    assert reported.number in told
    assert "三民區 安寧里" in told
    for secret in (
        "王小明", "0912345678", "ming@example.com", "老王", "我家門口", reported.code,
        reported.token, "22.651234", "120.351234",
    ):  # fmt: skip
        assert secret not in told
    assert 'data-lat="22.651000"' in told
    assert "14:00" not in told  # days, not hours


def test_only_published_photos_are_shown(town: Town, client: Client) -> None:
    reported = town.report(photos=[town.photo()])
    assert "/files/" not in page(client, reported.number)
    officer = town.actor("officer")
    services.publish_photo(
        number=reported.number,
        photo=Attachment.objects.get().uuid,
        covers=(),
        actor=officer,
        at=NOW,
    )
    assert "/files/" in page(client, reported.number)


def test_a_joined_case_stands_as_its_leading_one(town: Town, client: Client) -> None:
    lead = town.accepted()
    follower = town.report(joins=lead.number)
    assert "處理中" in page(client, follower.number)


@pytest.mark.parametrize("number", ["D9991231999", "P1150701001", "x", "places.geojson"])
def test_what_is_not_a_case_is_not_there(town: Town, client: Client, number: str) -> None:
    assert client.get(f"/map/{number}/").status_code == 404


def test_pages_of_the_reporter_share_the_public_one_only(town: Town, client: Client) -> None:
    reported = town.report(contact=CONTACT)
    status = client.get(f"/status/{reported.token}/").content.decode()
    assert f'data-yk-share="/map/{reported.number}/"' in status
    shared = status.partition('class="yk-card yk-share')[2].partition("</section>")[0]
    assert reported.token not in shared
    assert reported.code not in shared


def test_an_address_looks_so_often(town: Town, client: Client, settings: Any) -> None:
    settings.CITY = {**settings.CITY, "doors": {"service.dispatch.map": {"limits": [[1, 60]]}}}
    number = town.report().number
    assert [client.get(f"/map/{number}/").status_code for _time in range(2)] == [200, 429]
