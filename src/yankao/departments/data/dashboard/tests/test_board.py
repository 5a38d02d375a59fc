"""The public board: topics out of the pack, every number with its own page, what is not there."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
import vl_convert
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests.cast import NOW
from tests.closings import close_month
from yankao.base.errors import Invalid
from yankao.departments.data.dashboard.models import Text, Topic
from yankao.departments.data.dashboard.pages.told import told
from yankao.departments.data.dashboard.tests.conftest import MARCH
from yankao.departments.data.dashboard.workflow import Chart
from yankao.kernel.figures.rules import Grain, Period
from yankao.kernel.figures.tests.toy import FIGURES
from yankao.kernel.trail.models import Entry

PAGE = f"/dashboard/topics/repairs/?period={MARCH}"
FIGURE = "/figures/toy.repairs.on_time_pct/?period=2026-03"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def html(address: str, **headers: str) -> str:
    answer = Client().get(address, headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_a_card_says_the_number_and_leads_to_it(repairs: None, load: Any) -> None:
    load()
    page = html(f"/dashboard/?period={MARCH}")
    assert f'<a class="yk-topic__value" href="{FIGURE}">80.0<span' in page
    assert "115 年 3 月至今，準時率 80.0 %，較前期同樣長的時間減 20.0 個百分點。" in page
    assert "未達目標" in page
    assert "目標 90 %" in page


def test_a_class_without_topic_says_so(repairs: None, load: Any) -> None:
    load()
    page = html("/dashboard/")
    assert page.index("還沒有主題的類別") < page.index("<li>文化</li>")
    assert "<li>工程</li>" not in page


def test_a_city_without_these_tables_has_a_page_all_the_same(db: None) -> None:
    assert "還沒有主題" in html("/dashboard/")
    assert Client().get("/api/dashboard/topics").json() == []


def test_every_number_of_a_topic_leads_to_itself(repairs: None, load: Any) -> None:
    load()
    page = html(PAGE)
    cells = re.findall(r'<td class="yk-number"[^>]*>(.*?)</td>', page, re.S)
    named = re.findall(r'<th scope="row"><a class="govuk-link" href="([^"]+)"', page)
    assert FIGURE in named
    agencies = [cell for cell in cells if "agency=" in cell]
    assert len(agencies) == 2 * 3
    assert f'href="{FIGURE}&amp;agency=TRAFFIC">50.0 %' in agencies[0]
    assert f'href="{FIGURE}&amp;agency=ROADS">100.0 %' in agencies[3]
    linked = re.findall(r'href="(/figures/[^"]+)"', page)
    one_of_each = {re.sub(r"\d{4}-\d\d|=[A-Z]\w*", "", a): a for a in linked}
    for address in one_of_each.values():
        assert Client().get(address.replace("&amp;", "&")).status_code == 200


def test_under_every_drawing_stands_its_table(repairs: None, load: Any) -> None:
    load()
    page = html(PAGE)
    assert page.count('role="img"') == 4
    assert page.count("<table") >= 4


def test_a_figure_that_is_gone_is_said(repairs: None, load: Any) -> None:
    load(figures="toy.repairs.gone toy.repairs.received", map="toy.repairs.lost")
    page = html(PAGE)
    assert "「toy.repairs.gone」這項統計已經不再提供" in page
    assert "「toy.repairs.lost」這項統計已經不再提供" in page
    assert "受理" in page
    load(figures="toy.repairs.gone", target_figure="toy.repairs.gone")
    assert "目前沒有可以顯示的數字" in html("/dashboard/")
    assert "toy.repairs.gone" in html(PAGE)


def test_small_cells_stay_hidden(repairs: None, load: Any) -> None:
    load(figures="service.satisfaction.satisfied", map="", target_figure="", target="")
    assert "不到" in html(PAGE)
    assert "機關（最差的在前）" not in html(PAGE)


@pytest.mark.parametrize("period", ["2026-Q1", "2026-H1", "2026", "2026-03-04", "2031-01"])
def test_other_lengths_of_period(repairs: None, load: Any, period: str) -> None:
    load()
    for address in (f"/dashboard/?period={period}", f"/dashboard/topics/repairs/?period={period}"):
        assert "修繕" in html(address)


def test_what_is_no_period_is_refused(repairs: None, load: Any) -> None:
    load()
    for address in ("/dashboard/?period=x", "/api/dashboard/topics/repairs?period=x"):
        assert Client().get(address).status_code == 422
    assert Client().get("/dashboard/topics/none/").status_code == 404


def test_english(repairs: None, load: Any) -> None:
    load()
    page = html(PAGE, **{"accept-language": "en"})
    assert "Repairs" in page
    assert "說明" in page  # nobody wrote the note in English


def test_loading_again_is_nothing_new_and_a_change_is_a_version(repairs: None, load: Any) -> None:
    load()
    load()
    assert [text.version for text in Text.objects.all()] == [1]
    load(note="改過")
    assert list(Text.objects.values_list("version", "stage")) == [(2, "published"), (1, "former")]
    assert Entry.objects.filter(action="data.dashboard.loaded").count() == 2
    load(code=None)
    assert Client().get(PAGE).status_code == 404
    assert Topic.objects.get().state == "withdrawn"
    assert Entry.objects.filter(action="data.dashboard.loaded").count() == 3
    load(note="改過")
    assert Text.objects.count() == 2
    assert "改過" in html(PAGE)


@pytest.mark.parametrize(
    "wrong", [{"class": "none"}, {"chart": "pie"}, {"figures": ""}, {"target": "much"}]
)
def test_an_unreadable_row_is_refused(load: Callable[..., None], wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        load(**wrong)
    assert refused.value.code == "dashboard.pack_topic"
    assert "第 2 行" in refused.value.message


def test_pages_ask_little(repairs: None, load: Any, django_assert_max_num_queries: Any) -> None:
    load()
    for address in (f"/dashboard/?period={MARCH}", PAGE):
        with django_assert_max_num_queries(12):
            html(address)


def test_any_figures_over_ten_years_are_two_questions(
    repairs: None, django_assert_max_num_queries: Any
) -> None:
    month = Period(Grain.MONTH, date(2026, 3, 1))
    with django_assert_max_num_queries(2):  # what is stored, and the rest
        found = told(FIGURES, month, at=NOW, first=month.shifted(-117), chart=Chart.NUMBER)
    assert [len(one.lines) for one in found] == [118] * len(FIGURES)
    assert found[0].number == "10"


def test_what_no_map_can_show_is_not_drawn(repairs: None, load: Any) -> None:
    load(map="toy.repairs.on_time_pct")
    assert "yk-citymap" not in html(PAGE)


def test_drawings_are_kept(repairs: None, load: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    cache.clear()
    drawn = []
    real = vl_convert.vegalite_to_svg
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda s: drawn.append(1) or real(s))
    first = html(PAGE)
    assert len(drawn) == 4
    assert html(PAGE).count("<svg") == first.count("<svg")
    assert len(drawn) == 4


def test_the_json_face_says_the_same(repairs: None, load: Any) -> None:
    load(figures="toy.repairs.on_time_pct toy.repairs.gone")
    [works, arts] = Client().get("/api/dashboard/topics").json()
    assert (works["topics"][0]["code"], arts["topics"]) == ("repairs", [])
    told = Client().get(f"/api/dashboard/topics/repairs?period={MARCH}").json()
    assert told["topic"]["missing"] == ["toy.repairs.gone"]
    last = told["series"][0][-1]
    assert (last["value"], last["numerator"], last["denominator"]) == ("80.0", "8", "10")
    assert (last["address"], last["is_open"]) == (FIGURE, True)
    assert [one["agency"] for one in told["agencies"]] == ["TRAFFIC", "ROADS"]
    assert Client().get("/api/dashboard/topics/none").status_code == 404


def test_pages_of_a_closed_month_say_so_and_keep_their_numbers(
    repairs: None, load: Any, settings: Any, tmp_path: Any, client_of: Callable[[str], Client]
) -> None:
    settings.YANKAO_HOME = tmp_path
    load()
    pages = ("/dashboard/", "/dashboard/topics/repairs/", "/dashboard/decide/")
    commission = client_of("commission")
    live = [commission.get(page, {"period": "2026-02"}).text for page in pages]
    close_month("2026-02", system="toy.repairs", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM toy_repairs")
    for page, before in zip(pages, live, strict=True):
        closed = commission.get(page, {"period": "2026-02"}).text
        assert (before.count("已結帳"), "已結帳" in closed) == (0, True), page
        assert "100.0" in closed
        head = commission.get(page, {"period": MARCH}).text.partition("</h1>")[0]
        assert "已結帳" not in head
