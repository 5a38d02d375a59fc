"""Potholes in: once, whole, restartable, with every refusal explained."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.base.errors import Invalid
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case, ImportBatch
from yankao.departments.service.dispatch.services import imports
from yankao.departments.service.dispatch.services.imports.kaohsiung_pothole import NAME as POTHOLES
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.search import queries as search
from yankao.kernel.search import services as index
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
IMPORTER = system_actor("dispatch-import")

GOOD = "INS1,三民區,2017-01-02 12:40:10,22.65,120.35\n"


@pytest.fixture(autouse=True)
def mapped(town, settings):
    settings.CITY = {**settings.CITY, "imports": {POTHOLES: {"item": "pothole"}}}
    return town


def bring(tmp_path: Path, text: str, *, encoding: str = "utf-8") -> services.ImportReport:
    path = tmp_path / "potholes.csv"
    path.write_bytes(text.encode(encoding))
    return services.import_records(
        path, source=POTHOLES, actor=IMPORTER, at=NOW, progress=lambda report: None
    )


def test_imported_case_is_received_and_nothing_more(tmp_path, town) -> None:
    report = bring(tmp_path, GOOD)
    assert (report.read, report.new, report.refused) == (1, 1, [])
    case = Case.objects.get(number="INS1")
    assert case.received_at == datetime.fromisoformat("2017-01-02T12:40:10+08:00")
    assert (case.state, case.outcome_known, case.closed_at) == ("closed", False, None)
    assert (case.agency, case.village_id) == (town.cast.roads, "64000080001")
    assert not Obligation.objects.exists()
    assert not Notice.objects.exists()
    assert Entry.objects.filter(action="service.dispatch.imported").count() == 1


def test_imported_cases_wait_for_search_together(tmp_path, town, home) -> None:
    bring(tmp_path, GOOD + GOOD.replace("INS1", "INS2"))
    assert search.waiting_count() == 2
    index.keep_fresh()
    assert search.search(town.actor("officer"), "INS1").total == 1


def test_again_is_nothing_new(tmp_path) -> None:
    bring(tmp_path, GOOD)
    report = bring(tmp_path, GOOD)
    assert (report.read, report.new, report.known) == (1, 0, 1)
    assert Entry.objects.filter(action="service.dispatch.imported").count() == 1


@pytest.mark.parametrize(
    ("line", "problem", "district"),
    [
        ("INS2,三民區,2017-01-02 12:40:10,NULL,NULL", "point_missing", "64000080"),
        ("INS2,三民區,2017-01-02 12:40:10,25.03,121.56", "point_outside_city", "64000080"),
        ("INS2,,2017-01-02 12:40:10,22.65,120.35", "district_blank", None),
        ("INS2,三民,2017-01-02 12:40:10,22.65,120.35", "district_unrecognised", None),
        ("INS2,三民區,2017-01-02 12:40:10", "point_missing", "64000080"),
    ],
)
def test_odd_places_come_in_flagged(tmp_path, line, problem, district) -> None:
    report = bring(tmp_path, line + "\n")
    case = Case.objects.get(number="INS2")
    assert (report.place_unknown, report.refused) == (1, [])
    assert (case.place_problem, case.district_id, case.lat) == (problem, district, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",三民區,2017-01-02 12:40:10,22.65,120.35", "沒有案號"),
        ("INS3,三民區,,22.65,120.35", "沒有可讀的日期時間"),
        ("INS3,三民區,2017-13-02 12:40:10,22.65,120.35", "沒有可讀的日期時間"),
        ("INS1,三民區,2017-01-03 12:40:10,22.65,120.35", "案號已存在，但日期、行政區或位置不同"),
        ("INS1,鹽埕區,2017-01-02 12:40:10,22.65,120.35", "案號已存在，但日期、行政區或位置不同"),
    ],
)
def test_refused_with_line_and_reason(tmp_path, line, reason) -> None:
    report = bring(tmp_path, GOOD + "\n" + line + "\n")
    assert [(r.line, r.reason) for r in report.refused] == [(3, reason)]
    assert Case.objects.count() == 1
    assert ImportBatch.objects.get().refusals[0]["line"] == 3


def test_the_same_row_twice_in_a_file(tmp_path) -> None:
    report = bring(tmp_path, GOOD * 2)
    assert (report.new, report.known) == (1, 1)


@pytest.mark.parametrize("encoding", ["big5", "utf-16"])
def test_other_encodings_are_told_apart(tmp_path, encoding) -> None:
    with pytest.raises(imports.UnreadableFile, match="UTF-8"):
        bring(tmp_path, GOOD, encoding=encoding)
    assert not Case.objects.exists()


def test_absent_file(tmp_path) -> None:
    with pytest.raises(imports.UnreadableFile):
        services.import_records(
            tmp_path / "none.csv",
            source=POTHOLES,
            actor=IMPORTER,
            at=NOW,
            progress=lambda report: None,
        )


def test_unmapped_format(tmp_path, settings) -> None:
    settings.CITY = {**settings.CITY, "imports": {}}
    with pytest.raises(Invalid, match=r"city\.toml"):
        bring(tmp_path, GOOD)


def test_hostile_cells_stay_text(tmp_path) -> None:
    bring(tmp_path, 'INS9,"<script>alert(1)</script>",2017-01-02 12:40:10,22.65,120.35\n')
    assert Case.objects.get().place_words == "<script>alert(1)</script>"
    assert Case.objects.get().place_problem == "district_unrecognised"


# --- the real records ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def potholes() -> Path:
    shared = os.environ.get("YANKAO_SHARED")
    path = Path(shared or "") / "data" / "kaohsiung" / "1999_pothole_2017_2018.csv"
    if not shared or not path.is_file():
        pytest.skip("the real records are not here: set YANKAO_SHARED to the folder with data/")
    return path


ODD = {"point_missing": 39, "point_outside_city": 4, "district_blank": 3,
       "district_unrecognised": 1}  # fmt: skip


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_real_records_survive_kills(potholes, tmp_path) -> None:
    """kill -9 at random moments, then once more to the end: all 9,296 rows, none twice."""
    from yankao.base import packs

    with connection.cursor() as cursor:  # the small town gives way to the city
        cursor.execute("TRUNCATE kernel_places_edition, kernel_places_village, "
                       "kernel_places_district, service_dispatch_route, service_dispatch_item, "
                       "service_dispatch_itemgroup, kernel_calendar_termrule CASCADE")  # fmt: skip
    packs.load_pack(django_settings.YANKAO_CITY, actor=system_actor("city-pack"), at=NOW)
    for pause in (1.6, 1.9, 2.2):
        with _start_import(potholes) as importing:
            time.sleep(pause)
            importing.send_signal(signal.SIGKILL)
    with _start_import(potholes) as finished:
        output, _ = finished.communicate(timeout=120)
    assert finished.returncode == 0, output
    assert Case.objects.count() == 9_296
    imported = Entry.objects.filter(action="service.dispatch.imported")
    assert imported.values("subject_id").distinct().count() == imported.count() == 9_296
    odd = Counter(Case.objects.exclude(place_problem="").values_list("place_problem", flat=True))
    assert odd == ODD
    assert sum(odd.values()) == 47
    assert "拒收 0" in output


def _start_import(path: Path) -> "subprocess.Popen[str]":
    database = connection.settings_dict
    address = (
        f"host='{database['HOST']}' dbname='{database['NAME']}' user='{database['USER']}'"
        + (f" port={database['PORT']}" if database["PORT"] else "")
        + (f" password='{database['PASSWORD']}'" if database["PASSWORD"] else "")
    )
    return subprocess.Popen(
        [sys.executable, "-m", "yankao", "import", "dispatch", str(path),
         "--format", "kaohsiung-pothole"],
        env={**os.environ, "DATABASE_URL": address},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
