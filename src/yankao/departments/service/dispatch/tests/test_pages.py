"""The HTML face without a browser: the whole way without JavaScript, refusals, limits."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from tests.cast import NOW, PLAYERS
from yankao.departments.service.dispatch.models import Case, CaseEntry
from yankao.kernel.doors.tests.stamps import stamped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def picture(name: str = "hole.png") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (20, 20), "grey").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")


def report(client: Client, **contact: str):
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"lat": "22.65", "lng": "120.35", "words": "路口"})
    client.post("/report/details/", {"photos": picture(), "description": "很大的坑"})
    return client.post("/report/contact/", {**contact, **stamped(at=NOW)})


def test_citizen_reports_and_looks_up(town, client) -> None:
    answer = report(client, phone="0912-345-678", name="王小明")
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer.url).content.decode()
    case = Case.objects.get()
    assert case.number in page
    (link,) = re.findall(r'href="(/status/[^"]+/)"', page)
    status = Client().get(link)
    shown = status.content.decode()
    assert status.status_code == 200
    assert case.number in shown
    assert "已派工" in shown
    for private in ("王小明", "0912", "很大的坑"):
        assert private not in shown
    assert status["Cache-Control"] == "private, no-store"


def test_second_press_shows_the_first_answer(town, client) -> None:
    report(client)
    again = client.post("/report/contact/", {})
    assert again.url == "/report/received/"
    assert Case.objects.count() == 1


def test_back_loses_nothing(town, client) -> None:
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"district": "64000080", "words": "建國三路 100 號前"})
    client.post("/report/details/", {"description": "很大的坑", "photos": picture("hole.png")})
    assert "建國三路 100 號前" in client.get("/report/where/").content.decode()
    details = client.get("/report/details/").content.decode()
    assert "很大的坑" in details
    assert "hole.png" in details
    client.post("/report/", {"item": "light"})
    assert "建國三路 100 號前" in client.get("/report/contact/").content.decode()


def test_words_changed_after_a_photo_keep_the_photo(town, client) -> None:
    """Sending the details again without another photo once broke."""
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"district": "64000080", "words": "路口"})
    for fields in ({"description": "坑", "photos": picture("hole.png")}, {"description": "大坑"}):
        assert client.post("/report/details/", fields).status_code == 302
    details = client.get("/report/details/").content.decode()
    assert "大坑" in details
    assert "hole.png" in details


@pytest.mark.parametrize("step", ["where", "details", "contact", "received"])
def test_steps_cannot_be_skipped(town, client, step) -> None:
    answer = client.get(f"/report/{step}/")
    assert answer.status_code == 302
    assert answer.url.startswith("/report/")


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ({"lat": "25.03", "lng": "121.56"}, "不在本市"),
        ({}, "請在地圖上點選位置"),
        ({"lat": "abc", "lng": "1"}, ""),
    ],
)
def test_wrong_places_are_explained(town, client, point, says) -> None:
    client.post("/report/", {"item": "pothole"})
    answer = client.post("/report/where/", {**point, "words": "路口"})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "路口" in answer.content.decode(), "what was typed stays"


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("a.png", b"<html><script>alert(1)</script>", "image/png"),
        SimpleUploadedFile("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0broken", "image/jpeg"),
    ],
    ids=["html", "svg", "broken"],
)
def test_pictures_that_lie(town, client, upload) -> None:
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"lat": "22.65", "lng": "120.35"})
    answer = client.post("/report/details/", {"photos": upload, "description": "說明留著"})
    assert answer.status_code == 422
    assert "說明留著" in answer.content.decode()


def test_photos_are_counted_before_they_are_opened(town, client, home) -> None:
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"lat": "22.65", "lng": "120.35"})
    answer = client.post("/report/details/", {"photos": [picture(f"{n}.png") for n in range(7)]})
    assert answer.status_code == 422
    assert not list((home / "files").rglob("*.*")) if (home / "files").exists() else True
    too_many = client.post("/report/details/", {"photos": [picture() for _ in range(9)]})
    assert too_many.status_code == 400


def test_personal_pages_stay_out_of_caches(town, client, client_of) -> None:
    number = town.report().number
    for address in (f"/dispatch/cases/{number}/", "/dispatch/cases/", "/work/", "/notices/"):
        assert client_of("officer").get(address)["Cache-Control"] == "private, no-store", address
    client.post("/report/", {"item": "pothole"})
    assert client.get("/report/where/")["Cache-Control"] == "private, no-store"


def test_html_in_words_is_only_words(town, client, client_of) -> None:
    client.post("/report/", {"item": "pothole"})
    client.post("/report/where/", {"lat": "22.65", "lng": "120.35", "words": "<b>路口</b>"})
    client.post("/report/details/", {"description": "<script>alert(1)</script>"})
    client.post("/report/contact/", stamped(at=NOW))
    number = Case.objects.get().number
    page = client_of("officer").get(f"/dispatch/cases/{number}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_officer_and_supervisor_close_a_case(town, client_of) -> None:
    number = town.report().number
    base = f"/dispatch/cases/{number}/"
    officer, supervisor = client_of("officer"), client_of("supervisor")
    assert "簽收" in officer.get(base).content.decode()
    assert officer.post(f"{base}accept/").status_code == 302
    without_photo = officer.post(f"{base}report_done/", {"public_remark": "已填補。"})
    assert without_photo.status_code == 422
    assert "已填補。" in without_photo.content.decode()
    done = officer.post(f"{base}report_done/", {"public_remark": "已填補。", "photos": picture()})
    assert done.status_code == 302, done.content.decode()
    assert officer.post(f"{base}verify/", {}).status_code == 403
    assert supervisor.post(f"{base}verify/", {"words": "可"}).status_code == 302
    assert Case.objects.get().state == "closed"


def test_late_click_meets_a_conflict(town, client_of) -> None:
    number = town.accepted().number
    answer = client_of("second_officer").post(f"/dispatch/cases/{number}/accept/")
    assert answer.status_code == 409
    assert "重新整理" in answer.content.decode()


@pytest.mark.parametrize("player", PLAYERS)
def test_pages_by_player(town, client_of, player) -> None:
    number = town.report().number
    client = client_of(player)
    readers = {"officer", "second_officer", "supervisor", "head", "commission", "auditor", "agent"}
    case = client.get(f"/dispatch/cases/{number}/").status_code
    listing = client.get("/dispatch/cases/").status_code
    overview = client.get("/dispatch/overview/").status_code
    if player == "anonymous":
        assert (case, listing, overview) == (302, 302, 302)
    elif player == "other_officer":
        assert (case, listing, overview) == (404, 200, 403)
    elif player in readers:
        sees_all = player in {"commission", "auditor", "head"}
        assert (case, listing, overview) == (200, 200, 200 if sees_all else 403)
    else:
        assert (case, listing, overview) == (403, 403, 403)


def test_reporter_is_shown_to_handlers_and_noted(town, client_of) -> None:
    from yankao.departments.service.dispatch import services
    from yankao.kernel.trail.models import Entry

    number = town.report(contact=services.Contact(phone="0912345678")).number
    address = f"/dispatch/cases/{number}/reporter/"
    assert "0912345678" in client_of("officer").post(address).content.decode()
    assert Entry.objects.filter(action="service.dispatch.reporter_seen").count() == 1
    assert client_of("auditor").post(address).status_code == 403
    assert client_of("other_officer").post(address).status_code == 404
    assert client_of("officer").get(address).status_code == 405
    assert Entry.objects.filter(action="service.dispatch.reporter_seen").count() == 1


def test_csv_is_safe_and_only_ones_own(town, client_of) -> None:
    from yankao.departments.service.dispatch import services

    town.report(where=services.Where(district="64000080", words='=HYPERLINK("http://x")'))
    town.report(item="light")
    from yankao.kernel.trail.models import Entry

    sheet = b"".join(client_of("officer").get("/dispatch/cases.csv").streaming_content).decode()
    assert sheet.startswith("\ufeff案號")
    assert "'=HYPERLINK" in sheet
    assert len(sheet.splitlines()) == 2
    assert Entry.objects.filter(action="service.dispatch.exported").count() == 1


def test_filters(town, client_of) -> None:
    number = town.report().number
    client = client_of("officer")
    for query, is_there in (
        ("q=路口", True), ("q=別處", False), (f"q={number.lower()}", True), ("state=open", True),
        ("state=closed", False), ("district=64000010", False), ("received_from=2026-03-04", True),
        ("received_until=2026-03-03", False), ("state=nonsense", True), ("page=999", True),
    ):  # fmt: skip
        assert (number in client.get(f"/dispatch/cases/?{query}").content.decode()) == is_there, (
            query
        )
    assert client.get("/dispatch/cases/?received_until=9999-12-31").status_code == 200


def test_list_and_case_stay_within_budget(town, client_of) -> None:
    for _ in range(8):
        number = town.accepted().number
    for player in ("officer", "commission"):
        client = client_of(player)
        for address in ("/dispatch/cases/", f"/dispatch/cases/{number}/"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(address).status_code == 200
            assert len(queries) <= 16, (player, address, [q["sql"][:90] for q in queries])


def test_history_is_shown_in_order(town, client_of) -> None:
    number = town.closed().number
    page = client_of("auditor").get(f"/dispatch/cases/{number}/").content.decode()
    places = [page.rindex(word) for word in ("受理並派工", "回報完成", "查驗通過")]
    assert places == sorted(places)
    assert CaseEntry.objects.count() == 5


def test_overview_of_an_empty_and_a_full_month(town, client_of) -> None:
    client = client_of("commission")
    assert client.get("/dispatch/overview/").status_code == 200
    town.closed()
    with time_machine.travel(NOW + timedelta(days=1)):
        page = client_of("commission").get("/dispatch/overview/?month=2026-03").content.decode()
    assert "養護工程處" in page
    assert client.get("/dispatch/overview/?month=never").status_code == 422
