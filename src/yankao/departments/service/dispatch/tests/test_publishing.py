"""Showing photos of cases to everybody: who decides, how covers are told, where they are shown."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW, PLAYERS
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import CaseEntry
from yankao.departments.service.dispatch.services import common
from yankao.kernel.files.models import Attachment, Publication, Scan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]


@pytest.fixture
def frozen():
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        yield


def rows(*told, total=None):
    sent = {"form-TOTAL_FORMS": str(total or len(told)), "form-INITIAL_FORMS": "0"}
    for place, row in enumerate(told):
        for side, value in zip(("left", "top", "width", "height"), row, strict=True):
            sent[f"form-{place}-{side}"] = str(value)
    return sent


def photo_page(case):
    key = Attachment.objects.get(purpose="after").uuid
    return f"/dispatch/cases/{case.number}/photos/{key}/"


def test_published_and_shown_where_everybody_looks(town, client_of, client) -> None:
    case = town.closed()
    page = client_of("officer")
    address = photo_page(case)
    assert page.get(address).status_code == 200
    answer = page.post(address, rows((10, 20, 30, 40), ("", "", "", "")))
    assert answer.status_code == 302
    assert Publication.objects.get().covers == [[1000, 2000, 4000, 6000]]
    (shown,) = queries.status_by_token(common.lookup_token(case.number)).photos
    assert shown.url in client.get(f"/status/{common.lookup_token(case.number)}/").content.decode()
    listed = client.get(f"/open311/v2/requests/{case.number}.json").json()[0]
    assert listed["media_url"].endswith(shown.url)
    public = client.get(shown.url)
    assert public.status_code == 200
    b"".join(public.streaming_content)
    assert shown.url in page.get(address).content.decode(), "the result is shown beside"
    assert 'value="30.0"' in page.get(address).content.decode()
    assert CaseEntry.objects.filter(move="photo_published").count() == 1


def test_taken_back(town, client_of, client) -> None:
    case = town.closed()
    page = client_of("supervisor")
    page.post(photo_page(case), rows(("", "", "", "")))
    (shown,) = queries.status_by_token(common.lookup_token(case.number)).photos
    assert page.post(photo_page(case) + "withdraw/").status_code == 302
    assert client.get(shown.url).status_code == 404
    listed = client.get(f"/open311/v2/requests/{case.number}.json").json()[0]
    assert listed["media_url"] is None


@pytest.mark.parametrize("player", PLAYERS)
def test_who_decides(town, client_of, player) -> None:
    case = town.closed()
    address = photo_page(case)
    answer = client_of(player).post(address, rows((1, 1, 5, 5)))
    allowed = player in {"officer", "second_officer", "supervisor", "head", "commission"}
    assert Publication.objects.exists() == allowed
    if not allowed:
        assert answer.status_code in {302, 403, 404}
        assert answer.status_code != 302 or "/login" in answer.url


@pytest.mark.parametrize(
    "row",
    [(1, 1, "", 5), (101, 0, 5, 5), (100, 0, 5, 5), (-1, 0, 5, 5), (1, 1, 0, 5), ("x", 1, 1, 1)],
)
def test_covers_that_make_no_sense_stay_in_the_form(town, client_of, row) -> None:
    case = town.closed()
    answer = client_of("officer").post(photo_page(case), rows(row))
    assert answer.status_code == 422
    assert not Publication.objects.exists()


def test_a_cover_over_the_edge_ends_at_the_edge(town, client_of) -> None:
    case = town.closed()
    client_of("officer").post(photo_page(case), rows((90, 95, 50, 50)))
    assert Publication.objects.get().covers == [[9000, 9500, 10000, 10000]]


@pytest.mark.parametrize("total", ["9999", "-1", "x", "0"])
def test_forged_counts_of_rows(town, client_of, total) -> None:
    case = town.closed()
    answer = client_of("officer").post(photo_page(case), rows((1, 1, 2, 2), total=total))
    assert answer.status_code in {302, 422}


def test_a_photo_of_another_case_is_not_there(town, client_of) -> None:
    case, other = town.closed(), town.accepted()
    key = Attachment.objects.get(purpose="after").uuid
    for number, wanted in ((other.number, key), (case.number, uuid.uuid4())):
        address = f"/dispatch/cases/{number}/photos/{wanted}/"
        assert client_of("officer").get(address).status_code == 404
        assert client_of("officer").post(address, rows((1, 1, 2, 2))).status_code == 404


def test_a_former_owner_decides_nothing_any_more(town, client_of) -> None:
    case = town.accepted(photos=[town.photo()])
    services.reassign_case(
        number=case.number, agency="TRAFFIC", reason="x", actor=town.actor("supervisor"), at=NOW
    )
    key = Attachment.objects.get().uuid
    address = f"/dispatch/cases/{case.number}/photos/{key}/"
    assert client_of("officer").get(address).status_code == 404


def test_strangers_are_asked_to_sign_in(town) -> None:
    case = town.closed()
    assert "/login" in Client().get(photo_page(case)).url


def test_a_photo_the_scanner_has_not_seen_is_words_only(town, client_of, settings) -> None:
    case, officer = town.closed(), client_of("officer")
    settings.YANKAO_CLAMD = "/nowhere/clamd.sock"
    page = officer.get(f"/dispatch/cases/{case.number}/").content.decode()
    assert "檢查中：正在掃描病毒" in page
    assert str(Attachment.objects.get(purpose="after").uuid) not in page
    answer = officer.post(photo_page(case), rows(("", "", "", "")))
    assert "檢查中" in answer.content.decode()
    assert not Publication.objects.exists()
    sha256 = Attachment.objects.get(purpose="after").sha256
    Scan.objects.create(sha256=sha256, state="clean", asked_at=NOW)
    assert officer.post(photo_page(case), rows(("", "", "", ""))).status_code == 302
