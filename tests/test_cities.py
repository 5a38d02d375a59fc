"""A city is data: every pack runs from report to figure, without a line of code of its own."""

import json
import os
import subprocess
import sys
import urllib.request
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests import test_running as running
from tests.cast import NOW
from tests.packs import PACKS, ROOT, Pack
from yankao.base import packs
from yankao.base.actors import ANONYMOUS, system_actor
from yankao.departments.service.dispatch import figures, services
from yankao.departments.service.dispatch.models import Case
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.people import demo
from yankao.kernel.people.models import Person
from yankao.kernel.places import queries as places

LOADER = system_actor("city-pack")
TAINAN = ROOT / "citypacks" / "tainan"
ROW = {
    "requested_datetime": "2015-04-15 00:02:00.0", "status": "未處理", "area": "柳營區",
    "service_name": "髒亂及污染", "agency": "0", "subproject": "空氣汙染",
    "description": "橋邊 空氣汙染", "address_string": "橋邊", "lat": "0", "long": "0",
    "service_notice": {}, "updated_datetime": "null",
}  # fmt: skip


def settle(folder: Path, settings: Any, home: Path) -> Pack:
    """Load a pack with its demo people into the test's database."""
    pack = Pack(folder)
    drawn = Path(settings.YANKAO_ASSETS) / "places" / f"{pack.city['code']}-villages.geojson"
    if not drawn.is_file():
        pytest.skip(f"the boundaries of {pack.city['code']} are not built: make assets")
    settings.YANKAO_CITY, settings.CITY = folder, pack.city
    settings.YANKAO_HOME, settings.YANKAO_DEMO = home, True
    packs.load_pack(folder, actor=LOADER, at=NOW)
    demo.prepare(home=home, pack=folder, at=NOW)
    return pack


@pytest.fixture(params=PACKS, ids=lambda folder: folder.name)
def pack(request: pytest.FixtureRequest, db: None, settings: Any, tmp_path: Path) -> Pack:
    return settle(request.param, settings, tmp_path)


def report(item: str, where: services.Where, **more: Any) -> Case:
    reported = services.report_case(
        item=item, where=where, description="", contact=services.Contact(), photos=(),
        channel="web", actor=ANONYMOUS, at=more.get("at", NOW),
    )  # fmt: skip
    return Case.objects.get(pk=reported.case_id)


def test_every_district_by_point_and_by_words(pack: Pack) -> None:
    [item, *_] = [row["code"] for row in pack.items if row["public"] == "true"]
    districts = places.districts()
    assert [d.code for d in districts] == sorted(pack.codes("districts.csv"))
    for district in districts:
        by_point = report(item, services.Where(district.lat, district.lng))
        by_words = report(item, services.Where(district=district.code, words="市場口"))
        assert by_point.district_id == by_words.district_id == district.code
        assert by_point.agency_id == by_words.agency_id
        assert by_point.number.startswith(pack.city["number_prefix"])
    received = measured.value_of(
        figures.RECEIVED, parse_period("2026-03"), as_of=NOW + timedelta(days=1), filters={}
    )
    assert received.value == 2 * len(districts)


def test_every_public_item_reaches_somebody_and_is_promised(
    pack: Pack, django_user_model: Any
) -> None:
    """Whoever handles it has a demo officer who finds it in the inbox."""
    west = places.districts()[0].code
    for row in pack.items:
        if row["public"] == "true":
            case = report(row["code"], services.Where(district=west, words="市場口"))
            assert case.promise is not None
            assert case.promise.due_at > NOW
            officer = Person.objects.filter(agency=case.agency, account__isnull=False).first()
            assert officer is not None, case.agency_id
    browser = Client()
    browser.force_login(officer)
    assert case.number in browser.get("/work/").content.decode()
    front = browser.get("/").content.decode()
    others = {Pack(folder).city["name"] for folder in PACKS} - {pack.city["name"]}
    assert pack.city["name"] in front
    assert not [name for name in others if name in front]
    for figure in figures.FIGURES:
        assert str(figure.citation).startswith(pack.city["name"])


def test_another_city_is_outside(pack: Pack) -> None:
    for folder in PACKS:
        centre = Pack(folder).city["map"]
        inside = places.locate(lat=centre["lat"], lng=centre["lng"]) is not None
        assert inside == (folder == pack.folder)


# --- Tainan's records ----------------------------------------------------------------------------


@pytest.fixture
def tainan(db: None, settings: Any, tmp_path: Path) -> Pack:
    return settle(TAINAN, settings, tmp_path)


def bring(path: Path) -> services.ImportReport:
    return services.import_records(
        path,
        source="tainan-1999-json",
        actor=system_actor("dispatch-import"),
        at=NOW,
        progress=lambda report: None,
    )


def line(number: str, **changes: Any) -> bytes:
    told = {"service_request_id": number, **ROW, **changes}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def test_a_record_is_received_and_nothing_more(tainan: Pack, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    done = {"status": "已完工", "updated_datetime": "2015-04-30 10:04:00.0"}
    path.write_bytes(line("UN1") + line("UN2", area="", address_string="東區裕農路", **done))
    assert bring(path).new == 2
    first, second = Case.objects.order_by("number")
    assert (first.item_id, first.agency_id, first.unit_id) == (
        "air-pollution", "EPB", "EPB-AIRNOISE",
    )  # fmt: skip
    assert (first.district_id, first.place_problem, first.lat) == ("67000040", "", None)
    assert (first.state, first.outcome_known, first.done_at) == ("closed", False, None)
    assert first.description == "橋邊 空氣汙染"
    assert second.district_id == "67000320"
    assert second.public_remark == "來源系統的狀態：已完工（2015-04-30 10:04 更新）"
    assert (second.outcome_known, second.done_at, second.closed_at) == (False, None, None)
    april, later = parse_period("2015-04"), NOW + timedelta(days=1)
    monthly = [f for f in figures.FIGURES if april.grain in f.grains]
    told = {f: measured.value_of(f, april, as_of=later, filters={}).value for f in monthly}
    assert told[figures.RECEIVED] == 2
    assert not any(told[f] for f in monthly if f is not figures.RECEIVED)


def test_hostile_lines_are_refused_and_the_rest_comes_in(tainan: Pack, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + line("UN1")
        + b"\n"
        + b"not json\n"
        + b'{"description": "' + b"x" * 200_000 + b'"}\n'
        + line("UN\0" + "2", description="a\0b\ud800".encode("utf-8", "replace").decode())
        + line("UN3", subproject="外星人", service_name="其他")
        + line("9" * 41)
        + line("UN1", requested_datetime="2015-04-16 00:02:00.0")
        + b"[" * 60_000 + b"\n"
        + b"\xff\xfe\n"
        + line("UN4", address_string="路" * 500)
        + line("UN5")[:-1]
    )  # fmt: skip
    report = bring(path)
    assert (report.read, report.new) == (11, 4)
    assert [(refusal.line, refusal.reason) for refusal in report.refused] == [
        (3, "不是 UTF-8 的 JSON"),
        (4, "這一行超過 64 KB"),
        (6, "資料包沒有對應的項目：外星人／其他"),
        (7, "案號超過 40 個字"),
        (8, "案號已存在，但日期、行政區或位置不同"),
        (9, "不是 UTF-8 的 JSON"),
        (10, "不是 UTF-8 的 JSON"),
    ]
    assert sorted(Case.objects.values_list("number", flat=True)) == ["UN1", "UN2", "UN4", "UN5"]
    assert (bring(path).new, bring(path).known) == (0, 4)


@pytest.mark.shared
def test_the_real_records(tainan: Pack) -> None:
    """15 April to 6 May 2015: none refused, none twice, none counted as done."""
    folder = Path(os.environ.get("YANKAO_SHARED", "")) / "data" / "tainan"
    found = sorted(folder.glob("*.jsonl")) if os.environ.get("YANKAO_SHARED") else []
    if not found:
        pytest.skip("the real records are not here: set YANKAO_SHARED to the folder with data/")
    report = bring(found[0])
    assert (report.read, report.new, report.refused) == (1_405, 1_405, [])
    assert report.place_unknown == 6
    by_district = Counter(Case.objects.values_list("district__name", flat=True))
    assert by_district.most_common(3) == [("中西區", 264), ("東區", 231), ("永康區", 185)]
    by_item = Counter(Case.objects.values_list("item_id", flat=True))
    assert by_item.most_common(2) == [("parking", 569), ("disturbance", 145)]
    assert not Case.objects.filter(outcome_known=True).exists()
    again = bring(found[0])
    assert (again.new, again.known) == (0, 1_405)


@pytest.mark.slow
@pytest.mark.once
def test_a_fresh_home_starts_as_tainan(tmp_path: Path) -> None:
    """Chosen by the name alone: load, import, serve."""
    drawn = Path(django_settings.YANKAO_ASSETS) / "places" / "tainan-villages.geojson"
    if not drawn.is_file():
        pytest.skip("the boundaries of tainan are not built: make assets")
    home, rows, port = tmp_path / "home", tmp_path / "rows.jsonl", running.free_port()
    rows.write_bytes(line("UN1") + line("UN2"))
    environment = {
        **os.environ, "YANKAO_CITY": "tainan", "YANKAO_HOME": str(home),
        "YANKAO_ORIGIN": f"http://localhost:{port}",
    }  # fmt: skip
    environment.pop("DATABASE_URL", None)

    def yankao(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "yankao", *arguments],
            env=environment, check=True, capture_output=True, text=True, timeout=240,
        ).stdout  # fmt: skip

    server = subprocess.Popen(
        [sys.executable, "-m", "yankao", "run", "--port", str(port), "--with-parent"],
        env=environment,
    )
    try:
        running.wait_until_up(server, port)
        assert "新增 2" in yankao("import", "dispatch", str(rows), "--format", "tainan-1999-json")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
            assert "臺南市" in page.read().decode()
        address = f"http://127.0.0.1:{port}/api/places/locate?lat=22.9922&lng=120.185"
        with urllib.request.urlopen(address) as answer:
            assert json.load(answer)["district_code"].startswith("67000")
    finally:
        server.terminate()
        server.wait(timeout=90)
    assert running.wait_until_gone(home) == []
