"""Open311 GeoReport v2, read: both formats, every refusal, nothing personal."""

import csv
import io
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import time_machine
from django.test import Client
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.base.errors import Unreadable
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.api.open311 import asked, views
from yankao.departments.service.dispatch.models import Case, Item
from yankao.departments.service.dispatch.queries import open_data

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "frozen")]

V2 = "/open311/v2"
OURS = "kcg.gov.tw"
FORMS = ("json", "xml")


@pytest.fixture
def frozen():
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        yield


def get(client: Client, address: str, **asked: str):
    return client.get(f"{V2}/{address}", asked)


def listed(client: Client, **asked: str) -> list[dict]:
    answer = get(client, "requests.json", **asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def read_xml(answer) -> ElementTree.Element:
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return ElementTree.fromstring(answer.content)  # noqa: S314 – our own answer


def errors_of(answer) -> list[tuple[int, str]]:
    """The error list, whichever form it came in."""
    if answer["Content-Type"] == "application/json; charset=utf-8":
        return [(error["code"], error["description"]) for error in answer.json()]
    root = read_xml(answer)
    assert root.tag == "errors"
    return [(int(e.findtext("code")), e.findtext("description")) for e in root.findall("error")]


# --- what is told ----------------------------------------------------------------------------


def test_discovery(town, client) -> None:
    found = get(client, "discovery.json").json()
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    (endpoint,) = found["endpoints"]
    assert endpoint["url"].endswith("/open311/v2")
    assert endpoint["formats"] == ["text/xml", "application/json"]
    root = read_xml(get(client, "discovery.xml"))
    assert root.findtext("endpoints/endpoint/specification") == views.SPECIFICATION
    assert [f.text for f in root.iter("format")] == endpoint["formats"]


def test_services_are_those_a_citizen_may_report_today(town, client) -> None:
    Item.objects.filter(pk="light").update(is_public=False)
    (service,) = get(client, "services.json").json()
    assert (service["service_code"], service["metadata"], service["type"]) == (
        "pothole", False, "realtime",
    )  # fmt: skip
    root = read_xml(get(client, "services.xml"))
    assert root.findtext("service/metadata") == "false"
    assert get(client, "services/pothole.json").json() == {
        "service_code": "pothole", "attributes": [],
    }  # fmt: skip
    definition = read_xml(get(client, "services/pothole.xml"))
    assert definition.tag == "service_definition"
    assert len(definition.find("attributes")) == 0
    assert get(client, "services/light.json").status_code == 404


def test_request_says_public_facts_and_nothing_else(town, client) -> None:
    contact = services.Contact("王小明", "0912345678", "wang@example.tw")
    words = services.Where(lat=22.654321, lng=120.356789, words="王小明家門口")
    number = town.report(description="我是王小明", contact=contact, where=words).number
    (request,) = listed(client)
    assert request == {
        "service_request_id": number,
        "status": "open",
        "status_notes": None,
        "service_name": "pothole",
        "service_code": "pothole",
        "description": None,
        "agency_responsible": "養護工程處",
        "service_notice": None,
        "requested_datetime": "2026-03-04T10:00:00+08:00",
        "updated_datetime": "2026-03-04T10:00:00+08:00",
        "expected_datetime": "2026-03-04T14:00:00+08:00",
        "address": "安寧里, 三民區, 高雄市",
        "address_id": "64000080001",
        "zipcode": None,
        "lat": 22.654,
        "long": 120.357,
        "media_url": None,
    }
    for address in ("requests.json", "requests.xml", "requests.csv", f"requests/{number}.xml",
                    f"requests/{number}.json", f"tokens/{number}.json",
                    "servicerequestupdates.json", "servicerequestupdates.xml"):  # fmt: skip
        answer = get(client, address, extensions="true")
        body = answer.getvalue().decode()
        assert answer.status_code == 200
        assert number in body
        for secret in ("王小明", "0912345678", "wang@", "22.6543", "門口"):
            assert secret not in body, (address, secret)
        assert services.common.code_of(number) not in body


def test_remark_is_told_once_verified(town, client) -> None:
    case = town.done()
    assert listed(client)[0]["status_notes"] is None
    services.verify_case(
        number=case.number, words="內部意見", actor=town.actor("supervisor"),
        at=case.done_at + timedelta(hours=1),
    )  # fmt: skip
    (request,) = listed(client, extensions="true")
    assert (request["status"], request["status_notes"]) == ("closed", "已填補。")
    assert request["updated_datetime"] == "2026-03-04T13:00:00+08:00"
    assert [note["type"] for note in request["notes"]] == [
        "received", "accept", "report_done", "close",
    ]  # fmt: skip
    assert request["extended_attributes"]["place_precision_m"] == 100
    assert "內部意見" not in json.dumps(request, ensure_ascii=False)


def test_xml_says_what_json_says(town, client) -> None:
    town.closed()
    (request,) = listed(client)
    root = read_xml(get(client, "requests.xml"))
    assert (root.tag, len(root)) == ("service_requests", 1)
    told = {element.tag: element.text for element in root[0]}
    assert told == {key: None if v is None else str(v) for key, v in request.items()}


def test_control_characters_do_not_break_the_xml(town, client) -> None:
    case = town.closed()
    Case.objects.filter(pk=case.pk).update(public_remark="已\x0b填\x1b補 <b>&amp;</b> 😀\ufffe")
    root = read_xml(get(client, "requests.xml"))
    assert root.findtext("request/status_notes") == "已填補 <b>&amp;</b> 😀"


def test_one_request_and_its_token(town, client) -> None:
    number = town.report().number
    assert get(client, f"requests/{number}.json").json() == listed(client)
    assert get(client, f"tokens/{number}.json").json() == [
        {"service_request_id": number, "token": number}
    ]
    root = read_xml(get(client, f"tokens/{number}.xml"))
    assert root.findtext("request/token") == number


def test_imported_case_without_point_or_district(town, client) -> None:
    Case.objects.create(
        number="INS1", item_id="pothole", state="closed", channel="import", received_at=NOW,
        recorded_at=NOW, outcome_known=False, place_problem="district_blank", public_remark="x",
    )  # fmt: skip
    (request,) = listed(client)
    assert (request["lat"], request["long"], request["address"]) == (None, None, "高雄市")
    assert request["status"] == "closed"
    assert (request["updated_datetime"], request["expected_datetime"]) == (None, None)
    assert request["status_notes"] == "歷史資料，處理結果不明。"


@pytest.mark.parametrize(
    ("state", "expected"),
    [("received", True), ("accepted", True), ("paused", True), ("joined", True),
     ("done", True), ("verified", True), ("closed", False), ("cancelled", False),
     ("something new", True)],
)  # fmt: skip
def test_unknown_states_count_as_open(state, expected) -> None:
    assert open_data.is_open(state) is expected


def test_cancelled_says_why_in_public_words(town, client) -> None:
    number = town.report().number
    services.cancel_case(
        number=number, reason="王先生撤回", public_remark="不是市府的道路。",
        actor=town.actor("supervisor"), at=NOW,
    )  # fmt: skip
    (request,) = listed(client)
    assert (request["status"], request["status_notes"]) == ("closed", "不是市府的道路。")
    told = get(client, "servicerequestupdates.json").json()
    assert [(u["status"], u["description"]) for u in told] == [
        ("open", "已受理"), ("closed", "不是市府的道路。"),
    ]  # fmt: skip


def test_reopened_takes_its_remark_back(town, client) -> None:
    case = town.closed()
    services.reopen_case(
        number=case.number, reason="又破了", actor=town.actor("supervisor"), at=case.closed_at
    )
    (request,) = listed(client)
    assert (request["status"], request["status_notes"]) == ("open", None)
    told = get(client, "servicerequestupdates.json").json()
    assert [u["status"] for u in told][-2:] == ["closed", "open"]
    assert "又破了" not in json.dumps(told, ensure_ascii=False)


def test_joined_is_open_and_due_with_its_lead(town, client) -> None:
    later = NOW + timedelta(hours=1)
    lead, other = town.report().number, town.report(at=later).number
    services.join_cases(
        lead=lead, numbers=[other], reason="", actor=town.actor("supervisor"), at=later
    )
    joined, leading = listed(client)
    assert joined["service_request_id"] == other
    assert (joined["status"], joined["expected_datetime"]) == ("open", leading["expected_datetime"])
    assert lead not in str(get(client, f"requests/{other}.json", extensions="true").json())


def test_parts_are_not_told_beside_their_whole(town, client) -> None:
    case = town.accepted()
    part = town.report(item="light").number
    Case.objects.filter(number=part).update(whole=case.pk)
    assert [request["service_request_id"] for request in listed(client)] == [case.number]
    assert get(client, f"requests/{part}.json").status_code == 404
    told = get(client, "servicerequestupdates.json").json()
    assert {update["service_request_id"] for update in told} == {case.number}
    assert part not in get(client, "requests.csv").getvalue().decode()


# --- narrowing -------------------------------------------------------------------------------


def test_narrowing(town, client) -> None:
    first = town.report().number
    second = town.report(item="light").number
    third = town.closed().number
    assert {r["service_request_id"] for r in listed(client)} == {first, second, third}
    assert [r["service_request_id"] for r in listed(client, service_code="light,none")] == [second]
    assert [r["service_request_id"] for r in listed(client, status="closed")] == [third]
    assert len(listed(client, status="open,closed")) == 3
    assert len(listed(client, status="open")) == 2
    assert listed(client, service_code="none") == []
    both = f"{first},{third},NONE"
    answer = listed(client, service_request_id=both, status="open", start_date="2001-01-01")
    assert {r["service_request_id"] for r in answer} == {first, third}


def test_pages_are_stable_and_whole(town, client) -> None:
    numbers = [town.report().number for _ in range(5)]
    pages = [listed(client, page=str(page), page_size="2") for page in (1, 2, 3, 4)]
    told = [request["service_request_id"] for page in pages for request in page]
    assert told == numbers[::-1]
    assert [len(page) for page in pages] == [2, 2, 1, 0]


def test_ninety_days_by_default(town, client) -> None:
    edge = NOW + timedelta(days=1) - timedelta(days=90)
    town.report(at=edge - timedelta(seconds=1))
    inside = town.report(at=edge + timedelta(seconds=1)).number
    assert [r["service_request_id"] for r in listed(client)] == [inside]
    assert len(listed(client, start_date="2025-11-01T00:00:00Z")) == 2
    assert len(listed(client, end_date="2025-12-31T00:00:00Z")) == 2


def test_seconds_are_whole_and_inclusive(town, client) -> None:
    town.report(at=NOW + timedelta(seconds=59, milliseconds=500))
    day = {"start_date": "2026-03-04T00:00:00Z"}
    assert len(listed(client, **day, end_date="2026-03-04T02:00:59Z")) == 1
    assert len(listed(client, **day, end_date="2026-03-04T02:00:58Z")) == 0
    assert len(listed(client, **day, end_date="2026-03-04T10:00+08:00")) == 1
    assert len(listed(client, **day, end_date="2026-03-04")) == 1


def test_plus_sent_as_space_is_forgiven(town, client) -> None:
    town.report()
    query = "start_date=2026-03-04T10:00:00+08:00&end_date=2026-03-04T10:00:00+08:00"
    assert len(client.get(f"{V2}/requests.json?{query}").json()) == 1


def test_updated_after_finds_what_moved_later(town, client) -> None:
    early = town.accepted(at=NOW - timedelta(days=100))
    town.report(at=NOW - timedelta(days=100))
    town.finish(early, at=NOW)
    (request,) = listed(client, updated_after="2026-03-04T00:00:00Z")
    assert request["service_request_id"] == early.number
    assert listed(client, updated_after="2026-03-05T00:00:00Z") == []
    assert len(listed(client, updated_after="2025-11-01", updated_before="2026-03-01")) == 1


@pytest.mark.parametrize(
    ("text", "start", "width"),
    [
        ("2018-09-05", "2018-09-05T00:00:00+08:00", timedelta(days=1)),
        ("2018-09-05T01:02", "2018-09-05T01:02:00+08:00", timedelta(minutes=1)),
        ("2018-09-05T01:02:03Z", "2018-09-05T01:02:03+00:00", timedelta(seconds=1)),
        ("2018-09-05t01:02:03z", "2018-09-05T01:02:03+00:00", timedelta(seconds=1)),
        ("2018-09-05T01:02:03-0800", "2018-09-05T01:02:03-08:00", timedelta(seconds=1)),
        ("2018-09-05T01:02:03 08:00", "2018-09-05T01:02:03+08:00", timedelta(seconds=1)),
        ("2018-09-05 01:02:03.5+08:00", "2018-09-05T01:02:03.5+08:00", timedelta(microseconds=1)),
    ],
)
def test_instants_as_people_send_them(text, start, width) -> None:
    span = asked.span_of(text, "start_date")
    assert (span.start, span.end - span.start) == (datetime.fromisoformat(start), width)
    assert span.start.tzinfo is not None


@pytest.mark.parametrize(
    "text",
    ["", "x", "2018-13-01", "2018-02-30", "2018-W36-3", "20180905", "0001-01-01", "9999-12-31",
     "2018-09-05T25:00:00Z", "2018-09-05T00:00.5Z", "2018-09-05T00:00:00+99:00", "1'; DROP TABLE",
     "２０１８-09-05", "2018-09-05T00:00:00Z\n2018"],
)  # fmt: skip
def test_instants_nobody_can_read(text) -> None:
    with pytest.raises(Unreadable, match="start_date"):
        asked.span_of(text, "start_date")


# --- refusals --------------------------------------------------------------------------------

REFUSED = [
    ("requests", {"jurisdiction_id": "boston.gov"}, 404),
    ("services", {"jurisdiction_id": "boston.gov"}, 404),
    ("services/pothole", {"jurisdiction_id": "boston.gov"}, 404),
    ("requests/D1", {"jurisdiction_id": "boston.gov"}, 404),
    ("tokens/D1", {"jurisdiction_id": "boston.gov"}, 404),
    ("servicerequestupdates", {"jurisdiction_id": "boston.gov"}, 404),
    ("requests/NONE", {}, 404),
    ("tokens/NONE", {}, 404),
    ("services/none", {}, 404),
    ("nothing", {}, 404),
    ("requests", {"start_date": "yesterday"}, 400),
    ("requests", {"end_date": "2026-99-99"}, 400),
    ("requests", {"updated_after": "x"}, 400),
    ("requests", {"start_date": "2025-01-01", "end_date": "2026-01-01"}, 400),
    ("requests", {"start_date": "2026-01-02", "end_date": "2026-01-01"}, 400),
    ("requests", {"status": "open,lost"}, 400),
    ("requests", {"page": "0"}, 400),
    ("requests", {"page": "-1"}, 400),
    ("requests", {"page": "１"}, 400),
    ("requests", {"page": "9" * 400}, 400),
    ("requests", {"page_size": "1001"}, 400),
    ("requests", {"page_size": "many"}, 400),
    ("requests", {"service_request_id": ",".join(map(str, range(1001)))}, 400),
    ("servicerequestupdates", {"start_date": "x"}, 400),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("address", "query", "status"), REFUSED)
def test_refusals_are_error_lists(town, client, address, query, status, form) -> None:
    answer = get(client, f"{address}.{form}", **query)
    assert answer.status_code == status, answer.content
    (error,) = errors_of(answer)
    assert error[0] == status
    assert error[1]
    assert answer["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("form", FORMS)
def test_every_fault_is_told(town, client, form) -> None:
    answer = get(client, f"requests.{form}", start_date="x", status="y", page="z")
    assert [code for code, _ in errors_of(answer)] == [400, 400, 400]


@pytest.mark.parametrize("form", FORMS)
def test_wrong_methods(town, client, form) -> None:
    for address in ("services", "discovery", "requests/D1", "servicerequestupdates"):
        answer = client.post(f"{V2}/{address}.{form}")
        assert answer.status_code == 405
        assert answer["Allow"] == "GET, HEAD"
        assert errors_of(answer)[0][0] == 405
    assert client.delete(f"{V2}/requests.{form}").status_code == 405


def test_other_formats_are_not_there(town, client) -> None:
    for address in ("requests.html", "services", "", "requests.JSON", "a/b/c.xml"):
        answer = client.get(f"{V2}/{address}")
        assert answer.status_code == 404
        assert errors_of(answer)[0][0] == 404


@pytest.mark.parametrize("form", FORMS)
def test_jurisdiction_is_asked_for_when_the_city_says_so(town, client, settings, form) -> None:
    town.report()
    settings.CITY = {**settings.CITY, "open311": {"jurisdiction_required": True}}
    for address in ("services", "requests", "requests/D115030400001", "servicerequestupdates"):
        assert errors_of(get(client, f"{address}.{form}"))[0][0] == 400
        assert errors_of(get(client, f"{address}.{form}", jurisdiction_id=" "))[0][0] == 400
        assert get(client, f"{address}.{form}", jurisdiction_id=OURS).status_code == 200
    assert get(client, f"discovery.{form}").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_nothing_hostile_is_an_accident(town, client, form) -> None:
    town.report()
    for hostile in (
        "'; DROP TABLE x;--",
        "<script>",
        "%s%d{0}",
        "😀" * 50,
        "\x01\x02",
        "../../etc",
    ):
        for name in ("service_code", "service_request_id", "extensions"):
            assert get(client, f"requests.{form}", **{name: hostile}).status_code == 200
        for name in ("status", "page", "start_date", "jurisdiction_id", "updated_before"):
            assert get(client, f"requests.{form}", **{name: hostile}).status_code in {400, 404}
    assert get(client, f"requests.{form}", service_code="a\0b").status_code == 400
    assert get(client, f"requests/a%00b.{form}").status_code == 400


# --- caches, other sites, cost -----------------------------------------------------------------


def test_answers_are_cached_and_open_to_other_sites(town, client) -> None:
    town.report()
    first = get(client, "requests.json")
    assert first["Access-Control-Allow-Origin"] == "*"
    assert "public" in first["Cache-Control"]
    assert "Set-Cookie" not in first
    again = client.get(f"{V2}/requests.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    town.report()
    later = client.get(f"{V2}/requests.json", headers={"If-None-Match": first["ETag"]})
    assert later.status_code == 200


def test_a_list_costs_few_queries(town, client, django_assert_max_num_queries) -> None:
    for _ in range(12):
        town.report()
    with django_assert_max_num_queries(12):
        assert len(listed(client, extensions="true")) == 12
    with django_assert_max_num_queries(12):
        get(client, "servicerequestupdates.json")


# --- updates -----------------------------------------------------------------------------------


def test_updates_tell_public_steps_only(town, client) -> None:
    case = town.done()
    services.return_case(
        number=case.number, reason="王先生家門口還是破的", actor=town.actor("supervisor"),
        at=case.done_at + timedelta(hours=1),
    )  # fmt: skip
    other = town.closed().number
    told = get(client, "servicerequestupdates.json").json()
    assert [u["status"] for u in told if u["service_request_id"] == case.number] == ["open"] * 4
    last = [u for u in told if u["service_request_id"] == other][-1]
    assert (last["status"], last["description"]) == ("closed", "已填補。")
    assert set(last) == {"update_id", "service_request_id", "status", "updated_datetime",
                         "description", "media_url"}  # fmt: skip
    assert "王先生" not in json.dumps(told, ensure_ascii=False)
    assert [u["updated_datetime"] for u in told] == sorted(u["updated_datetime"] for u in told)
    root = read_xml(get(client, "servicerequestupdates.xml"))
    assert (root.tag, root[0].tag, len(root)) == (
        "service_request_updates", "request_update", len(told),
    )  # fmt: skip


def test_updates_narrowed(town, client) -> None:
    number = town.accepted().number
    town.report()
    address = "servicerequestupdates.json"
    assert len(get(client, address, service_request_id=number).json()) == 2
    window = {"start_date": "2026-03-04T02:05:00Z", "end_date": "2026-03-04T03:00:00Z"}
    assert len(get(client, address, **window).json()) == 1
    assert len(get(client, address, page="2", page_size="2").json()) == 1


# --- the bulk file ------------------------------------------------------------------------------


def test_bulk_file(town, client) -> None:
    case = town.closed()
    Case.objects.filter(pk=case.pk).update(public_remark="=HYPERLINK(1)")
    town.report(at=NOW - timedelta(days=400))
    answer = get(client, "requests.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.streaming
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert tuple(rows[0]) == views.BULK_COLUMNS
    assert [row["status_description"] for row in rows] == ["open", "closed"]
    assert rows[1]["closed_date"] == "2026-03-04T13:00:00+08:00"
    assert rows[1]["status_notes"] == "'=HYPERLINK(1)"
    assert {row["description"] for row in rows} == {""}
    only = get(client, "requests.csv", status="closed", start_date="2026-01-01")
    assert only.getvalue().decode().count("\r\n") == 2
    assert errors_of(get(client, "requests.csv", start_date="x"))[0][0] == 400
    assert errors_of(get(client, "requests.csv", jurisdiction_id="x"))[0][0] == 404


# --- the official schemas and the real records ----------------------------------------------------


def shared(*parts: str) -> Path:
    path = Path(os.environ.get("YANKAO_SHARED") or "/nowhere", "data", *parts)
    if not path.exists():
        pytest.skip("the shared data are not here: set YANKAO_SHARED to the folder with data/")
    return path


@pytest.mark.shared
def test_answers_fit_the_official_schemas(town, client) -> None:
    folder = shared("open311_schema")
    contents = {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}
    registry = Registry().with_resources(
        (name, Resource.from_contents(text, default_specification=DRAFT7))
        for name, text in contents.items()
    )

    def check(name: str, value: object) -> None:
        validator = jsonschema.Draft7Validator(
            contents[name], registry=registry, format_checker=jsonschema.FormatChecker()
        )
        validator.validate(value)

    town.closed()
    town.report()
    Case.objects.create(
        number="INS1", item_id="pothole", state="closed", channel="import", received_at=NOW,
        recorded_at=NOW, outcome_known=False, place_problem="district_blank",
    )  # fmt: skip
    check("services.json", get(client, "services.json").json())
    check("service-definition.json", get(client, "services/pothole.json").json())
    requests = listed(client, extensions="true")
    assert len(requests) == 3
    check("requests.json", requests)
    with pytest.raises(jsonschema.ValidationError):
        check("requests.json", [{**requests[0], "status": "pending"}])


@pytest.mark.shared
def test_the_storm_of_2018_shows(town, client, settings) -> None:
    """All 9,296 real potholes imported; 5 September 2018 had 487."""
    path = shared("kaohsiung", "1999_pothole_2017_2018.csv")
    settings.CITY = {**settings.CITY, "imports": {"kaohsiung-pothole": {"item": "pothole"}}}
    services.import_records(
        path,
        source="kaohsiung-pothole",
        actor=system_actor("dispatch-import"),
        at=NOW,
        progress=lambda report: None,
    )
    query = (
        "start_date=2018-09-05T00:00:00%2B08:00&end_date=2018-09-05T23:59:59%2B08:00&page_size=1000"
    )
    sample = client.get(f"{V2}/requests.json?{query}")
    assert sample.status_code == 200
    assert len(sample.json()) == 487
    assert len(client.get(f"{V2}/requests.json?{query}&jurisdiction_id={OURS}").json()) == 487
    settings.CITY = {**settings.CITY, "open311": {"jurisdiction_required": True}}
    assert client.get(f"{V2}/requests.json?{query}").status_code == 400
    assert len(client.get(f"{V2}/requests.json?{query}&jurisdiction_id={OURS}").json()) == 487
    root = read_xml(client.get(f"{V2}/requests.xml?{query}&jurisdiction_id={OURS}"))
    assert len(root) == 487
