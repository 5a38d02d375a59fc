"""The page and its JSON twin."""

import pytest

from yankao.kernel.search import services
from yankao.kernel.search.tests.toy import MAPS

pytestmark = pytest.mark.django_db


def page(client, **query) -> str:
    answer = client.get("/search/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_stranger_must_sign_in(client, books) -> None:
    assert client.get("/search/", {"q": "路"}).status_code == 302
    assert client.get("/api/search", {"q": "路"}).status_code == 401


def test_found_and_marked(client_of, books) -> None:
    books.put(1, title="路燈故障", body="前面是國小", place="三民路")
    services.keep_fresh()
    shown = page(client_of("officer"), q="路燈 三民")
    assert '<mark class="yk-found">路燈</mark>故障' in shown
    assert '<mark class="yk-found">三民</mark>路' in shown
    assert 'href="/toy/T00000001/"' in shown
    assert "養護工程處" in shown
    assert "在架" in shown
    assert "第 1–1 筆，共 1 筆" in shown


def test_nothing_of_another_agency(client_of, books) -> None:
    books.put(1, title="路燈故障")
    services.keep_fresh()
    shown = page(client_of("other_officer"), q="路燈")
    assert "T00000001" not in shown
    assert "沒有找到" in shown
    answer = client_of("other_officer").get("/api/search", {"q": "路燈"}).json()
    assert answer == {"count": 0, "page": 1, "items": []}


@pytest.mark.parametrize("text", ["<script>alert(1)</script>路燈", "路燈<img src=x>", "<b>路燈"])
def test_text_stays_text(text, client_of, books) -> None:
    books.put(1, title=text, body=text, place=text, number=f"1{text}")
    services.keep_fresh()
    for query in ("路燈", text, f"沒有{text}"):
        shown = page(client_of("officer"), q=query)
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "&lt;" in shown


def test_an_exact_number_leads_straight_to_its_record(client_of, books) -> None:
    books.put(1, number="D115112100042")
    books.put(2, number="D1151121000421")
    services.keep_fresh()
    for typed in ("D115112100042", " d115112100042 ", "Ｄ１１５１１２１０００４２"):
        answer = client_of("officer").get("/search/", {"q": typed})
        assert (answer.status_code, answer["Location"]) == (302, "/toy/D115112100042/")
    assert "D1151121000421" in page(client_of("officer"), q="D11511210004")
    assert "沒有找到" in page(client_of("other_officer"), q="D115112100042")


def test_while_the_index_is_built(client_of, books) -> None:
    books.put(1, title="路燈")
    assert "搜尋索引正在建立" in page(client_of("officer"), q="路燈")
    answer = client_of("officer").get("/api/search", {"q": "路燈"})
    assert (answer.status_code, answer.json()["code"]) == (503, "search.building")


def test_nothing_asked_nothing_found(client_of, books) -> None:
    services.keep_fresh()
    for query in ("", "  ", "，。"):
        assert "要找什麼" in page(client_of("officer"), q=query)
    assert "沒有可以搜尋的資料" in page(client_of("administrator"), q="路燈")


def test_kinds_are_tabs_where_there_are_several(client_of, books) -> None:
    books.put(1, title="路燈")
    MAPS.put(2, title="路燈")
    services.keep_fresh()
    shown = page(client_of("auditor"), q="路燈", kind="toy.maps")
    assert "玩具地圖" in shown
    assert "T00000001" not in shown
    assert "T00000002" in shown
    assert "玩具地圖" not in page(client_of("officer"), q="路燈", kind="toy.maps")


def test_pages(client_of, books, django_assert_max_num_queries) -> None:
    for id in range(1, 46):
        books.put(id, title="路燈")
    services.keep_fresh()
    client = client_of("officer")
    with django_assert_max_num_queries(12):
        shown = page(client, q="路燈", page="3")
    assert "第 41–45 筆，共 45 筆" in shown
    for odd in ("0", "-1", "x", "²", "9" * 30, "99"):
        assert "共 45 筆" in page(client, q="路燈", page=odd)
    answer = client.get("/api/search", {"q": "路燈", "page": 3}).json()
    assert (answer["count"], answer["page"], len(answer["items"])) == (45, 3, 5)
    assert client.get("/api/search", {"q": "路燈", "page": 51}).status_code == 422


def test_more_than_can_be_paged_through(client_of, books, monkeypatch) -> None:
    monkeypatch.setattr("yankao.kernel.search.queries.LAST_PAGE", 2)
    monkeypatch.setattr("yankao.kernel.search.queries.MOST_SHOWN", 40)
    for id in range(1, 46):
        books.put(id, title="路燈")
    services.keep_fresh()
    shown = page(client_of("officer"), q="路燈", page="3")
    assert "共找到 45 筆，這裡列出最新的 40 筆" in shown
    assert "第 21–40 筆，共 40 筆" in shown


def test_the_api_tells_the_record(client_of, books) -> None:
    books.put(1, title="路燈", body="甲" * 300 + "坑洞" + "乙" * 300, place="三民路")
    services.keep_fresh()
    [item] = client_of("officer").get("/api/search", {"q": "坑洞"}).json()["items"]
    assert "坑洞" in item.pop("excerpt")
    assert item == {
        "kind": "toy.books", "kind_title": "書", "number": "T00000001", "title": "路燈",
        "place": "三民路", "agency": "ROADS", "state": "在架", "address": "/toy/T00000001/",
        "at": "2026-03-04T03:00:00Z",
    }  # fmt: skip


def test_the_staff_frame_searches_here(client_of, books) -> None:
    shown = page(client_of("officer"), q="路燈")
    assert 'role="search" action="/search/"' in shown
    assert 'value="路燈"' in shown
    assert 'href="/work/?q=%E8%B7%AF%E7%87%88"' in shown
