"""Clients that others wrote, over a real connection: georeport, boston311 and three."""

import itertools
import sys
from datetime import UTC, timedelta

import pytest
import requests

from tests.cast import NOW
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.tests.test_open311 import V2
from yankao.kernel.doors import services as doors

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("home", "town")]


@pytest.fixture
def endpoint(live_server) -> str:
    return f"{live_server.url}{V2}/"


@pytest.fixture
def closed(town):
    return town.closed()


def window() -> dict[str, str]:
    return {"start_date": "2026-03-04T00:00:00Z", "end_date": "2026-03-05T00:00:00Z"}


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport(endpoint, closed, form) -> None:
    from georeport import GeoReport

    client = GeoReport(endpoint, jurisdiction="kcg.gov.tw", output_format=form)
    assert {service["service_code"] for service in client.get_service_list()} == {
        "pothole", "light",
    }  # fmt: skip
    assert client.get_service_definition("pothole")["service_code"] == "pothole"
    one = client.get_service_request(closed.number)
    assert (one["status"], one["status_notes"]) == ("closed", "已填補。")
    found = client.get_service_requests(status="closed", **window())
    assert one in (found if isinstance(found, list) else [found])
    with pytest.raises(requests.HTTPError, match="404"):
        GeoReport(endpoint, jurisdiction="boston.gov").get_service_list()


def test_boston311(endpoint, closed, town, monkeypatch) -> None:
    import boston311
    from boston311 import api
    from boston311.datamodels import Status

    monkeypatch.setattr(api, "BOSTON_API_ENDPOINT", endpoint)  # it knows one city only
    assert boston311.get_services().get_service_name("pothole") == "pothole"
    one = boston311.get_service_request(closed.number)
    assert one.status == Status.CLOSED
    assert one.requested_datetime == NOW
    open_number = town.report().number
    start = NOW.astimezone(UTC) - timedelta(hours=1)
    found = boston311.get_service_requests(
        status=Status.OPEN, start_date=start, end_date=start + timedelta(days=1)
    )
    assert [request.service_request_id for request in found.service_requests] == [open_number]


@pytest.fixture
def three(monkeypatch):
    """Written for Python 2: it wants ``itertools.ifilter``, which is ``filter`` today."""
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    import three

    yield three
    for name in [name for name in sys.modules if name.split(".")[0] == "three"]:
        del sys.modules[name]


def test_three(endpoint, closed, three) -> None:
    client = three.Three(endpoint, jurisdiction="kcg.gov.tw")
    assert client.discovery()["endpoints"][0]["specification"].endswith("GeoReport_v2")
    assert {service["service_code"] for service in client.services()} == {"pothole", "light"}
    assert client.services("pothole")["attributes"] == []
    found = client.requests("pothole", between=["03-04-2026", "03-05-2026"], count=10)
    assert [request["service_request_id"] for request in found] == [closed.number]
    assert client.request(closed.number) == found
    assert client.token(closed.number)[0]["service_request_id"] == closed.number
    assert client.request("NONE")[0]["code"] == 404


def test_three_reports(endpoint, town, three) -> None:
    issued = doors.issue_key(
        application="three", purpose="通報", scopes=["service.dispatch.open311.post"],
        quota_per_day=9, expires_on=None, actor=town.actor("administrator"), at=NOW,
    )  # fmt: skip
    client = three.Three(endpoint, jurisdiction="kcg.gov.tw", api_key=issued.secret)
    (told,) = client.post("pothole", address="三民區建國三路", name="Mary Smith", description="洞")
    case = Case.objects.get(number=told["service_request_id"])
    assert (case.channel, case.reporter.name) == ("open311", "Mary Smith")
    assert client.request(case.number)[0]["status"] == "open"
    nobody = three.Three(endpoint)
    assert nobody.post("pothole", address="三民區建國三路")[0]["code"] == 403
