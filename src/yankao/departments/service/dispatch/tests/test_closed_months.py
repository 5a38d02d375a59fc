"""A closed month's number, its records and its page: who held a case then, who holds it now."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.cache import cache

from tests.cast import NOW
from tests.closings import CLERK, close_month
from tests.factories import make_person
from yankao.base.actors import Actor, Grant
from yankao.departments.service.dispatch import services
from yankao.kernel.closing import services as closing
from yankao.kernel.closing.permissions import CLOSE
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.published import services as published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
APRIL = NOW + timedelta(days=35)
RECEIVED, OPEN = "service.dispatch.received", "service.dispatch.open_at_end"
CHIEF = Actor("person:2", "示範主管", grants=frozenset({Grant(CLOSE)}))


@pytest.fixture
def handed(town):
    """A case of the roads office when March was closed; the traffic bureau has it since."""
    number = town.report().number
    with time_machine.travel(APRIL, tick=False):
        close_month("2026-03", system="service.dispatch", at=APRIL)
        services.reassign_case(
            number=number, agency="TRAFFIC", reason="號誌", actor=town.actor("commission"), at=APRIL
        )
    with time_machine.travel(APRIL + timedelta(hours=1), tick=False):
        yield number


SEES = {  # closed list, live list, a link in the closed list, a link in the live list
    "anonymous": (False, False, False, False),
    "citizen": (False, False, False, False),
    "agent": (False, False, False, False),
    "administrator": (False, False, False, False),
    "officer": (True, False, False, False),  # of who held it then
    "head": (True, False, False, False),
    "other_officer": (False, True, False, True),  # of who holds it now
    "third": (False, False, False, False),
    "commission": (True, True, True, True),
    "auditor": (True, True, True, True),
}


@pytest.mark.parametrize("player", SEES)
def test_who_sees_the_record_where(handed, town, client_of, client, player) -> None:
    browser = client if player == "third" else client_of(player)
    if player == "third":
        browser.force_login(make_person("third", role="OFFICER", agency=town.cast.bureau))
        town.cast.roads.parent = None  # the bureau above the office reads for it otherwise
        town.cast.roads.save()
    closed, live, closed_link, live_link = SEES[player]
    for figure, period, sees, links in (
        (RECEIVED, "2026-03", closed, closed_link), (OPEN, "2026-04", live, live_link)
    ):  # fmt: skip
        asked = {"period": period}
        link = f'href="/dispatch/cases/{handed}/"'
        for address in (f"/figures/{figure}/", f"/figures/{figure}/records/"):
            page = browser.get(address, asked).content.decode()
            assert (handed in page, link in page) == (sees, links), address
        for format in ("json", "csv"):
            rows = browser.get(f"/api/figures/{figure}/records", {**asked, "format": format})
            body = b"".join(rows) if rows.streaming else rows.content
            assert (handed in body.decode()) == sees, format
        number = browser.get(f"/figures/{figure}/", asked)
        assert number.context["number"] == "1"  # everybody's


def test_a_closed_list_says_that_it_is_of_then(handed, client_of) -> None:
    words = "這是結帳時的紀錄"
    browser = client_of("officer")
    assert words in browser.get(f"/figures/{RECEIVED}/records/", {"period": "2026-03"}).text
    assert words not in browser.get(f"/figures/{OPEN}/records/", {"period": "2026-04"}).text
    rows = browser.get(f"/api/figures/{RECEIVED}/records", {"period": "2026-03"}).json()
    assert (rows["closed"], rows["agencies"]) == (True, ["ROADS"])
    [row] = rows["records"]
    assert row["agency"] == "ROADS"
    asked = {"period": "2026-03", "agency": "TRAFFIC"}  # a filter widens nothing
    assert browser.get(f"/api/figures/{RECEIVED}/records", asked).status_code == 403


def _printed() -> None:
    series = {"code": "x.y.cases", "title": "派工", "figure": RECEIVED, "filters": ""}
    number = {
        "report": "107", "code": "x.y.cases", "value": "5", "unit": "件", "basis": "flow",
        "period_start": "2025-01-01", "period_end": "2025-12-31", "section": "一、",
    }  # fmt: skip
    published.load_series([series], actor=CLERK, at=NOW)
    published.load_numbers([number], actor=CLERK, at=NOW)


@pytest.mark.parametrize("player", ["anonymous", "officer", "commission"])
def test_a_figure_s_page_asks_twelve_questions_at_most(
    handed, town, client_of, player, monkeypatch, django_assert_max_num_queries: Any
) -> None:
    """Of an open month, and of one that was closed and restated, with numbers that were printed."""
    _printed()
    town.report(at=NOW + timedelta(hours=1))
    found = closing.propose_restatement(
        month=parse_period("2026-03"), reason="補登", actor=CLERK, at=APRIL
    )
    closing.approve_restatement(restatement_id=found.pk, actor=CHIEF, at=APRIL)
    monkeypatch.setattr(measured, "NAMES_KEPT_SECONDS", 60)
    browser = client_of(player)
    for period in ("2026-03", "2026-04"):
        address = f"/figures/{RECEIVED}/?period={period}"
        assert ("補登" in browser.get(address).text) == (period == "2026-03")
        with django_assert_max_num_queries(12):
            assert "107，一、" in browser.get(address).text
    cache.clear()


def test_a_fact_s_package_lists_the_files_of_its_closed_months(handed, client, client_of) -> None:
    package = client.get("/facts/service.dispatch.cases/datapackage.json").json()
    [file] = package["resources"]
    assert (file["name"], file["month"]) == ("service.dispatch.cases-2026-03", "2026-03")
    assert "received_at" in {field["name"] for field in file["schema"]["fields"]}
    answer = client_of("commission").get(urlsplit(file["path"]).path)
    content = b"".join(answer.streaming_content)
    assert file["hash"] == f"sha256:{sha256(content).hexdigest()}"
    assert file["bytes"] == len(content)
    assert client_of("officer").get(urlsplit(file["path"]).path).status_code == 403
    found = {one["name"]: one for one in client.get("/facts/datapackage.json").json()["resources"]}
    assert found["service.dispatch.cases"]["path"] == [file["path"]]
    assert found["service.calls.calls"]["data"] == []  # nothing of it is closed
    assert client.get("/facts/none/datapackage.json").status_code == 404
