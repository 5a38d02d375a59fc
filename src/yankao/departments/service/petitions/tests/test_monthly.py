"""The monthly report: how satisfied people were, small cells withheld, as a document."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from odfdo import Document

from tests.cast import NOW
from tests.closings import close_month
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.satisfaction.models import Response, Survey, SurveyVersion
from yankao.kernel.forms.models import AnswerSheet, Form, FormVersion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def said(agency, *levels, on=NOW, kind="service.petitions"):
    """Answers about petitions, as satisfaction keeps them."""
    survey, _new = Survey.objects.get_or_create(code=kind, title=kind, subject_kind=kind)
    form, _new = Form.objects.get_or_create(code="p", title="p")
    shape = {"questions": [{"name": "level", "kind": "scale", "zh": "?"}]}
    asked, _new = FormVersion.objects.get_or_create(
        form=form, version=1, defaults={"shape": shape, "made_at": NOW, "published_at": NOW}
    )
    version, _new = SurveyVersion.objects.get_or_create(
        survey=survey, version=1, form_version=asked, share_pct=100, opened_at=NOW
    )
    for level in levels:
        sheet = AnswerSheet.objects.create(version=asked, answers={}, answered_on=on.date())
        Response.objects.create(
            version=version, sheet=sheet, subject_kind=kind, agency_id=agency, channel="sms",
            level=level, answered_on=on.date(),
        )  # fmt: skip


def month_of(client, **query):
    text = b"".join(client.get("/petitions/monthly.csv", query)).decode("utf-8-sig")
    head, *lines = [line.split(",") for line in text.strip().splitlines()]
    return {line[0]: dict(zip(head, line, strict=True)) for line in lines}


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_the_monthly_report_tells_how_satisfied_people_were(hall, client_of) -> None:
    hall.received()
    said("ROADS", 1, 2, 2, 3, 5, 1, 1, 1)
    said("ROADS", 5, 5, 5, 5, 5, kind="service.dispatch")
    said("ROADS", 1, 1, 1, 1, 5, on=NOW - timedelta(days=28))
    told = month_of(client_of("commission"))
    roads = told[hall.cast.roads.name]
    assert roads["滿意度（%）"] == "75.0"
    assert roads["滿意度（%）：上月"] == "80.0"
    assert roads["滿意度（%）：去年同月"] == ""
    assert roads["滿意度有效份數"] == "8"
    assert "有效 8 份" in client_of("commission").get("/petitions/monthly/").text


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_the_monthly_report_withholds_small_cells(hall, client_of) -> None:
    hall.received()
    said("ROADS", 1, 5)
    said("TRAFFIC", 1, 1, 1, 1, 1)
    said("PWB", 1, 1, 1, 1, 1, 1)
    for player in ("commission", "auditor"):
        told = month_of(client_of(player))
        assert told[hall.cast.roads.name]["滿意度（%）"] == ""
        assert told[hall.cast.traffic.name]["滿意度（%）"] == ""  # would follow from the total
        assert told["全市"]["滿意度有效份數"] == "13"
    page = client_of("commission").get("/petitions/monthly/").text
    assert page.count("不公布") == 2


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_a_withheld_total_leads_nowhere(hall, client_of) -> None:
    hall.received()
    said("ROADS", 1, 5)
    page = client_of("commission").get("/petitions/monthly/").text
    assert page.count("不公布") >= 1
    assert "/figures/service.satisfaction." not in page


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_a_head_sees_how_satisfied_people_were_with_its_own(hall, client_of) -> None:
    hall.received()
    said("ROADS", 1, 1, 1, 1, 5)
    said("TRAFFIC", 1, 1, 1, 5, 5)
    told = month_of(client_of("head"))
    assert told[hall.cast.roads.name]["滿意度（%）"] == "80.0"
    assert told.get(hall.cast.traffic.name, {}).get("滿意度（%）", "") == ""
    assert told["全市"]["滿意度（%）"] == "70.0"


@time_machine.travel(NOW + timedelta(days=1), tick=False)
def test_the_monthly_report_as_a_document(hall, client_of) -> None:
    hall.answered()
    said("ROADS", 1, 1, 1, 1, 5)
    found = client_of("commission").get("/petitions/monthly.odt?month=2026-03")
    assert found["Content-Type"] == "application/vnd.oasis.opendocument.text"
    text = Document(BytesIO(found.content)).get_formatted_text()
    for words in ("陳情月報", hall.cast.roads.name, "滿意度", "80.0", "有效 5 份", "全市"):
        assert words in text
    assert client_of("officer").get("/petitions/monthly.odt").status_code == 403
    assert client_of("commission").get("/petitions/monthly.odt?month=x").status_code == 422


def test_a_closed_month_keeps_its_numbers_and_says_so(hall, client_of) -> None:
    hall.received()
    hall.answered()
    april = NOW + timedelta(days=35)
    address = "/petitions/monthly/?month=2026-03"
    with time_machine.travel(april, tick=False):
        before = client_of("commission").get(address)
        close_month("2026-03", system="service.petitions", at=april)
        hall.received()
        Petition.objects.update(received_at=NOW, is_to_mayor=True)  # came to light afterwards
        page = client_of("commission").get(address)
        assert "還沒結帳" in before.text
        assert "已結帳" in page.text
        assert page.context["rows"] == before.context["rows"]
        for row in page.context["rows"]:
            for cell in row["cells"][:8]:
                number = client_of("commission").get(cell["address"])
                assert number.context["number"] in (cell["value"], "無資料")
                assert "結帳時的數字，不會再變" in number.text
        odt = client_of("commission").get("/petitions/monthly.odt?month=2026-03")
        assert "這個月已經結帳" in Document(BytesIO(odt.content)).get_formatted_text()
