"""Who finds what. The cast's people read books of their agencies; auditors also maps."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cast import NOW, PLAYERS
from yankao.base.actors import ANONYMOUS
from yankao.kernel.search import index, queries, services
from yankao.kernel.search.tests.conftest import touch
from yankao.kernel.search.tests.toy import MAPS

pytestmark = pytest.mark.django_db

EVERYWHERE = {"auditor", "commission"}
ROADS = {"officer", "second_officer", "supervisor", "head"}
MAY_FIND = {
    ("books", "ROADS"): ROADS | EVERYWHERE,
    ("books", "TRAFFIC"): {"other_officer"} | EVERYWHERE,
    ("books", "PWB"): EVERYWHERE,
    ("books", None): EVERYWHERE,
    ("maps", "ROADS"): {"auditor"},
    ("maps", None): {"auditor"},
}


def numbers(actor, text: str, **more) -> list[str]:
    return [hit.number for hit in queries.search(actor, text, **more).hits]


@pytest.mark.parametrize("player", PLAYERS)
def test_everybody_finds_only_what_they_may_see(player, cast, books) -> None:
    for id, (shelf, agency) in enumerate(MAY_FIND, start=1):
        where = books if shelf == "books" else MAPS
        where.put(id, number=f"{shelf}-{agency}", title="路燈", agency=agency)
    services.keep_fresh()
    actor = cast.actor(player)
    found = queries.search(actor, "路燈")
    allowed = {f"{shelf}-{agency}" for (shelf, agency), who in MAY_FIND.items() if player in who}
    assert {hit.number for hit in found.hits} == allowed
    assert found.total == len(allowed)
    for shelf, agency in MAY_FIND:
        number = f"{shelf}-{agency}"
        assert bool(queries.address_of_number(actor, number)) == (number in allowed)


def test_nobody_finds_nothing(books) -> None:
    books.put(1, title="路燈")
    services.keep_fresh()
    assert queries.search(ANONYMOUS, "路燈").total == 0
    assert queries.kinds_for(ANONYMOUS) == {}


def test_a_record_that_moved_is_not_shown_nor_counted(officer, other_officer, books) -> None:
    """The index does not know yet; the page asks the system again."""
    books.put(1, title="路燈")
    books.put(2, title="路燈")
    services.keep_fresh()
    books.put(2, title="路燈", agency="TRAFFIC")
    found = queries.search(officer, "路燈")
    assert [hit.number for hit in found.hits] == ["T00000001"]
    assert found.total == 1
    assert queries.address_of_number(officer, "T00000002") == ""
    assert queries.search(other_officer, "路燈").total == 0
    touch(2)
    services.keep_fresh()
    assert numbers(other_officer, "路燈") == ["T00000002"]


def test_counts_tell_nothing_of_others(officer, books) -> None:
    for id in range(1, 60):
        books.put(id, title="路燈", agency="ROADS" if id == 7 else "TRAFFIC")
    services.keep_fresh()
    found = queries.search(officer, "路燈")
    assert (found.total, [hit.subject.id for hit in found.hits]) == (1, [7])
    assert queries.search(officer, "T000000").total == 1


def test_a_kind_can_be_chosen_but_not_forced(officer, auditor, books) -> None:
    books.put(1, title="路燈")
    MAPS.put(2, title="路燈")
    services.keep_fresh()
    assert numbers(auditor, "路燈") == ["T00000002", "T00000001"]
    assert numbers(auditor, "路燈", kind="toy.maps") == ["T00000002"]
    assert queries.search(officer, "路燈", kind="toy.maps").total == 0
    assert queries.search(auditor, "路燈", kind="no.such").total == 0


def test_an_agency_cannot_be_named_everything(auditor, officer, books) -> None:
    books.put(1, title="路燈", agency="TRAFFIC")
    services.keep_fresh()
    assert index.find((), {"toy.books": frozenset({"*"})}, offset=0, limit=5).total == 0
    assert queries.search(auditor, "路燈").total == 1
    assert queries.search(officer, "路燈").total == 0


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("坑洞", 1),
        ("路", 2),
        ("三民路", 1),
        ("中山路100號", 1),
        ("中山路１００號", 1),
        ("中山路10號", 0),
        ("中山路100巷", 0),
        ("led", 1),
        ("路燈 中山", 1),
        ("路燈 坑洞", 0),
        ('"不亮 三天"', 1),
        ("D1151121", 2),
        ("d115-1121-00042", 1),
        ("D115112100042", 1),
        ("115112100042", 0),
        ("臺中", 1),
        ("三民 民路", 1),
    ],
)
def test_words_and_numbers(query, count, auditor, books) -> None:
    books.put(1, number="D115112100042", title="路面坑洞", place="三民區三民路口", body="往台中")
    books.put(2, number="D115112100043", title="路燈故障", place="中山路100號", body="LED不亮 三天")
    services.keep_fresh()
    assert queries.search(auditor, query).total == count


def test_pieces_of_a_word_apart_are_no_match(auditor, books) -> None:
    books.put(1, body="三民。民路")
    books.put(2, title="三民", body="民路")
    services.keep_fresh()
    assert queries.search(auditor, "三民路").total == 0


HOSTILE = [
    '"', '""', '"""', "'", "AND", "OR NOT", "title:*", "*", "?", "路*", "[a TO b]", "{", "\\",
    "/.*/", "(((", "+路", "-路", "路~2", "路^9", "key:toy.books:1", "\x00", "\ud800", "￿", "🕳️",
    "　",
    "a" * 5_000, "路" * 5_000, "路 " * 5_000, '"' * 5_000, "<script>", "%s %d {0}",
    "；DROP TABLE",
    "𠮷" * 300, "ﷺ" * 300, "e\u0301" * 300, "\u200d" * 300, "100-" * 200,
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_no_query_is_an_error(query, auditor, books) -> None:
    books.put(1, title="路燈")
    services.keep_fresh()
    queries.search(auditor, query)
    queries.address_of_number(auditor, query)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_breaks_the_index(text, auditor, books) -> None:
    books.put(1, number=text, title=text, body=text, place=text)
    books.put(2, title="路燈")
    services.keep_fresh()
    assert "T00000002" in numbers(auditor, "路燈")


def test_newest_first_in_pages_of_twenty(auditor, books) -> None:
    for id in range(1, 46):
        books.put(id, title="路燈", at=NOW + timedelta(minutes=(id * 7) % 45))
    services.keep_fresh()
    pages = [queries.search(auditor, "路燈", page=page) for page in (1, 2, 3)]
    assert [len(page.hits) for page in pages] == [20, 20, 5]
    times = [hit.at for page in pages for hit in page.hits]
    assert times == sorted(times, reverse=True)
    assert len({hit.number for page in pages for hit in page.hits}) == 45
    assert queries.search(auditor, "路燈", page=9).page == 3
    assert len(queries.search(auditor, "路燈", page=10**9).hits) == 5
    assert queries.search(auditor, "路燈", page=-4).page == 1


def test_before_our_era(auditor, books) -> None:
    books.put(1, title="路燈", at=NOW.replace(year=1911))
    books.put(2, title="路燈")
    services.keep_fresh()
    assert numbers(auditor, "路燈") == ["T00000002", "T00000001"]


def test_what_is_shown_is_the_record_as_it_is_now(officer, books) -> None:
    book = books.put(1, title="路燈不亮", body="前面是國小", state="在架")
    services.keep_fresh()
    books.books[1] = replace(book, state="借出")
    [hit] = queries.search(officer, "路燈").hits
    assert hit.state == "借出"
    assert hit.agency_name == "養護工程處"
    assert [(piece.text, piece.marked) for piece in hit.title] == [("路燈", True), ("不亮", False)]


def test_a_number_of_two_records_leads_to_neither(auditor, books) -> None:
    books.put(1, number="D-1")
    MAPS.put(2, number="D1")
    services.keep_fresh()
    assert queries.address_of_number(auditor, "d1") == ""
    assert queries.address_of_number(auditor, "") == ""


def test_few_questions_to_the_database(auditor, books, django_assert_max_num_queries) -> None:
    for id in range(1, 30):
        books.put(id, title="路燈")
    services.keep_fresh()
    with django_assert_max_num_queries(1):  # names of agencies; the toy itself asks none
        queries.search(auditor, "路燈")
