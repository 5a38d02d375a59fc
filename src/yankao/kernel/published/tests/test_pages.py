"""Everybody can see what was printed, where, and what must not be compared."""

import re
from typing import Any

import pytest
from django.test import Client

from yankao.kernel.published import services
from yankao.kernel.published.tests.conftest import CASES, IMPORTER, NOW, SHARE, Import

pytestmark = pytest.mark.django_db

HALF = CASES.replace("97040", "58674").replace("2019-01-01,2019-12-31", "2025-07-01,2025-12-31")
USES = CASES.replace("97040", "100000").replace("2019-", "2021-").replace("件,", "人次,")


def words(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_list_finds_by_words_and_by_report(
    take: Import, client: Client, django_assert_max_num_queries: Any
) -> None:
    take(CASES, SHARE)
    take(HALF, source="114")
    with django_assert_max_num_queries(5):
        text = words(client.get("/published/"))
    assert "58,674 件" in text
    assert "114 年下半年" in text
    assert "占比" not in words(client.get("/published/", {"q": "案件"}))
    of_report = words(client.get("/published/", {"report": "108"}))
    assert "97,040 件" in of_report
    assert "58,674" not in of_report
    assert "沒有符合的數列" in words(client.get("/published/", {"q": "無此"}))


def test_what_is_imported_joins_the_topic_of_its_kin(take: Import, client: Client) -> None:
    series = [
        {"code": "a.b.cases", "title": "案件數", "topic": "甲類"},
        {"code": "c.d.other", "title": "別的", "topic": "乙類"},
    ]
    services.load_series(series, actor=IMPORTER, at=NOW)
    take(CASES, SHARE, SHARE.replace("a.b.", "c.d."))
    html = client.get("/published/").content.decode()
    assert re.findall(r'id="topic-\d+">(..)<', html) == ["甲類", "乙類"]


def test_a_city_without_published_numbers_is_told_so(client: Client) -> None:
    assert "還沒有收錄公布過的數字" in words(client.get("/published/"))


def test_a_series_says_source_and_breaks_and_never_joins_lengths(
    take: Import, client: Client
) -> None:
    take(CASES)
    take(USES, source="110")
    take(HALF, source="114")
    response = client.get("/published/a.b.cases/")
    text, html = words(response), response.content.decode()
    assert "108，一、(二)" in text
    assert "① 110 年 單位由「件」改為「人次」。" in text
    assert "② 114 年下半年 期間長度不同：前一個是全年，這一個是半年期，兩者不能直接比較。" in text
    drawn = re.findall(r"<svg xmlns.*?</svg>", html, flags=re.S)
    assert [one.count("<rect") for one in drawn] == [1, 1, 1]
    assert "<path" not in "".join(drawn)
    assert "<polyline" not in "".join(drawn)
    assert all("style=" not in one for one in drawn)


def test_a_break_is_drawn_between_numbers_of_one_picture(take: Import, client: Client) -> None:
    head = "code,title_zh,value,unit,period_start,period_end,basis,section,note,break"
    row = CASES.replace("原文不收,", ",{}").replace("2019-", "20{}-")
    take(row.format("19", "19", ""), row.format("21", "21", "口徑改了。"), head=head)
    html = client.get("/published/a.b.cases/").content.decode()
    [drawn] = re.findall(r"<svg xmlns.*?</svg>", html, flags=re.S)
    assert drawn.count("stroke-dasharray") == 1
    assert "① 110 年 口徑改了。" in words(client.get("/published/a.b.cases/"))


def test_an_unknown_series_is_404(client: Client) -> None:
    assert client.get("/published/a.b.none/").status_code == 404
    assert client.get("/api/published/a.b.none").status_code == 404
    assert client.get("/published/numbers.csv", {"code": "a.b.none"}).status_code == 404
    assert client.get("/published/", {"q": "\x00"}).status_code == 400


def test_the_api_gives_printed_digits_and_editions(take: Import, client: Client) -> None:
    take(SHARE)
    take(SHARE.replace("33.10", "33.20"))
    found = client.get("/api/published/a.b.share_pct").json()
    [number] = found["numbers"]
    assert (number["value"], number["printed"]) == (33.2, "33.20")
    assert (number["mark"], number["from"], number["length"]) == ("about", "2019-01-01", "year")
    assert [one["printed"] for one in found["replaced"]] == ["33.10"]
    assert [one["code"] for one in client.get("/api/published/").json()] == ["a.b.share_pct"]
    assert client.get("/api/published/", {"q": "無"}).json() == []
    etag = client.get("/api/published/").headers["ETag"]
    assert client.get("/api/published/", headers={"If-None-Match": etag}).status_code == 304
    sheet = b"".join(client.get("/api/published/?format=csv").streaming_content)  # type: ignore[attr-defined]
    assert sheet.decode().splitlines()[1].startswith("a.b.share_pct,占比,33.20,%,2019-01-01")


def test_english_readers_read_english(take: Import, client: Client) -> None:
    take(SHARE)
    text = words(client.get("/published/a.b.share_pct/", headers={"Accept-Language": "en"}))
    assert "33.10 % (about)" in text
    assert "2019" in text
