"""The pages: the number large, its sentence, its divisions, its records for those who may."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from yankao.kernel.figures.tests.toy import Repair, store, taipei

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]

RECEIVED = "/figures/toy.repairs.received/"
ON_TIME = "/figures/toy.repairs.on_time_pct/"
DUE = taipei(2018, 9, 3)


@pytest.fixture(autouse=True)
def repairs() -> None:
    store(
        [
            Repair(DUE, "A", "D1", due_at=DUE, done_at=DUE),
            Repair(DUE, "A", "D2", due_at=DUE),
            Repair(DUE, "ROADS", None, due_at=DUE, number="<b>R3</b>"),
            Repair(taipei(2018, 8, 3), "B", "D1"),
            Repair(taipei(2017, 9, 3), "B", "D1"),
            Repair(taipei(2017, 9, 4), "B", "D1"),
        ]
    )


def page(client: Client, address: str = RECEIVED, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    """The page as it reads, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_list_finds_figures_by_their_words(client: Client) -> None:
    html = page(client, "/figures/")
    assert "玩具修繕" in html
    assert ON_TIME in html
    found = page(client, "/figures/", q="準時")
    assert ON_TIME in found
    assert RECEIVED not in found
    assert "沒有符合的統計" in page(client, "/figures/", q="無此統計")


def test_the_number_and_its_sentences(client: Client) -> None:
    text = words(page(client, period="2018-09"))
    assert "107 年 9 月，受理 3 件，較上月增 2 件。" in text
    assert "較去年同期增 1 件。" in text


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        ("2018-10", "107 年 10 月，受理 0 件，較上月減 3 件。"),
        ("2018-07", "107 年 7 月，受理 0 件，與上月相同。"),
        ("2018-Q3", "107 年第 3 季，受理 4 件，較上季增 4 件。"),
        ("2018-H2", "107 年下半年，受理 4 件，較前半年增 4 件。"),
        ("107 年", "107 年，受理 4 件，較上年增 2 件。"),
        ("2018-09-03", "107 年 9 月 3 日，受理 3 件，較前一日增 3 件。"),
    ],
)
def test_each_grain_has_its_own_sentence(client: Client, period: str, sentence: str) -> None:
    assert sentence in words(page(client, period=period))


def test_a_share_changes_by_points_and_shows_its_parts(client: Client) -> None:
    store(
        [
            Repair(DUE, due_at=DUE, done_at=DUE),
            Repair(DUE, due_at=DUE),
            Repair(DUE, due_at=taipei(2018, 8, 3)),
        ]
    )
    text = words(page(client, ON_TIME, period="2018-09"))
    assert "準時率 50.0 %，較上月增 50.0 個百分點。" in text
    assert "1 ÷ 2" in text


def test_no_value_is_said_in_words(client: Client) -> None:
    text = words(page(client, ON_TIME, period="2018-07"))
    assert "107 年 7 月，準時率無資料。" in text
    assert " 0 %" not in text


@time_machine.travel(datetime(2018, 9, 3, 4, tzinfo=UTC), tick=False)
def test_an_open_month_is_compared_with_as_long_a_stretch(client: Client) -> None:
    text = words(page(client))
    assert "107 年 9 月至今，受理 3 件，較前期同樣長的時間增 2 件。" in text
    assert "（未完）" in text
    assert "還沒開始" in words(page(client, period="2018-10"))


def test_each_dimension_has_chart_table_and_download_worst_first(client: Client) -> None:
    html = page(client, period="2018-09")
    assert html.count("<svg xmlns") == 3
    assert "按機關" in html
    assert "by=agency" in html
    by_agency = words(html.split('id="by-agency"')[1].split("</section>")[0])
    assert by_agency.index("甲局 2") < by_agency.index("養護工程處 1")


def test_the_drawings_obey_the_content_security_policy(client: Client) -> None:
    response = client.get(RECEIVED, {"period": "2018-09"})
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    html = response.content.decode()
    assert "style=" not in html
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<svg xmlns[^>]*>(?:(?!</svg>).)*\sid=", html, re.DOTALL)


def test_filters_are_kept_removable_and_lead_on(client: Client) -> None:
    html = page(client, period="2018-09", agency="A")
    assert "受理 2 件" in words(html)
    assert "機關：甲局" in html
    assert f'href="{RECEIVED}?period=2018-09"' in html
    assert "period=2018-09&amp;agency=A&amp;district=D2" in html
    assert "period=2018-08&amp;agency=A" in html


def test_a_mistyped_period_is_kept_and_explained(client: Client) -> None:
    html = page(client, period="someday")
    assert "govuk-error-summary" in html
    assert "看不懂期間「someday」" in html
    assert 'value="someday"' in html


def test_hostile_words_stay_words(client: Client) -> None:
    html = page(client, period="<script>alert(1)</script>", agency="<b>x</b>")
    assert "<script>alert" not in html
    assert "<b>x</b>" not in html


def test_definition_sql_citation_and_version_are_there(client: Client) -> None:
    html = page(client, ON_TIME, period="2018-09")
    for part in ("on_time_pct 的定義", "示範值", "第 1 版", "愈高愈好", "toy_repairs", "小數 1 位"):
        assert part in html


def test_an_unknown_figure_is_not_found(client: Client) -> None:
    assert client.get("/figures/toy.repairs.nothing/").status_code == 404


@pytest.mark.parametrize(
    ("player", "records"),
    [
        ("anonymous", None),
        ("citizen", None),
        ("agent", None),
        ("administrator", None),
        ("officer", ["R3"]),
        ("head", ["R3"]),
        ("other_officer", []),
        ("commission", ["R3", "R0002", "R0001"]),
        ("auditor", ["R3", "R0002", "R0001"]),
    ],
)
def test_numbers_are_public_and_records_are_not(
    client_of: Callable[[str], Client], player: str, records: list[str] | None
) -> None:
    client = client_of(player)
    html = page(client, period="2018-09")
    assert "受理 3 件" in words(html)
    listed = client.get(f"{RECEIVED}records/", {"period": "2018-09"})
    if records is None:
        assert "這個數字由 3 筆紀錄算出。" in words(html)
        assert "R0001" not in html
        assert listed.status_code == (302 if player == "anonymous" else 403)
        return
    for text in (html, listed.content.decode()):
        assert re.findall(r"R\d+", words(text.split("<tbody>")[-1].split("</tbody>")[0])) == records
    assert "/toy/2/" in html or player not in ("commission", "auditor")
    assert 'href="/toy/1/"' not in html


def test_another_agencys_filter_hides_the_list_but_not_the_number(
    client_of: Callable[[str], Client],
) -> None:
    html = page(client_of("officer"), period="2018-09", agency="A")
    assert "受理 2 件" in words(html)
    assert "您只能看所屬機關的明細" in html


def test_records_have_parts_pages_and_a_download(client_of: Callable[[str], Client]) -> None:
    store([Repair(DUE, due_at=DUE) for _ in range(30)])
    client = client_of("commission")
    html = page(client, f"{ON_TIME}records/", period="2018-09", part="rest", page="2")
    assert "共 30 筆" in words(html)
    assert "R0005" in html
    assert "R0006" not in html
    assert "part=rest&amp;format=csv" in html
    assert client.get(f"{ON_TIME}records/", {"part": "x"}).status_code == 422


def test_a_figure_page_has_a_query_budget(
    client: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(5):
        page(client, period="2018-09")
