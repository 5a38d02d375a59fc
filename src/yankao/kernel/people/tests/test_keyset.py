"""Cursors: every row once, forth and back, whatever somebody writes into them."""

import base64
import json
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import Q

from tests.factories import make_agency
from yankao.base import keyset
from yankao.base.keyset import CursorWrong, Order, Page, Stretch, page_of
from yankao.kernel.people.models import Agency

pytestmark = pytest.mark.django_db
ORDER = Order(
    "n",
    (
        Stretch(("level", "code"), of=Q(level__lt=3)),
        Stretch(("name", "code"), descending=True, of=Q(level__gte=3)),
    ),
)


def page(cursor: str = "", size: int = 4, order: Order = ORDER) -> Page[Agency]:
    return page_of(Agency.objects.all(), order, cursor=cursor, size=size)


@pytest.fixture
def eleven() -> list[str]:
    """Eleven agencies of two stretches with many ties; their codes in order."""
    for number in range(11):
        agency = make_agency(f"A{number:02}", name="同名")
        agency.level = number % 5
        agency.save()
    rows = list(Agency.objects.all())
    first = sorted((row.level, row.code) for row in rows if row.level < 3)
    second = sorted((row.code for row in rows if row.level >= 3), reverse=True)
    return [code for _level, code in first] + second


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 10, 11, 12])
def test_every_row_once_forth_and_back(eleven: list[str], size: int) -> None:
    seen: list[str] = []
    pages = [page(size=size)]
    while pages[-1].next:
        pages.append(page(pages[-1].next, size))
    for one in pages:
        seen += [row.code for row in one.rows]
    assert seen == eleven
    assert pages[0].previous == ""
    for before, after in pairwise(pages):
        back = page(after.previous, size)
        assert [row.code for row in back.rows] == [row.code for row in before.rows]


def test_rows_that_come_or_go_shift_nothing(eleven: list[str]) -> None:
    first = page(size=4)
    Agency.objects.filter(code=eleven[0]).delete()
    Agency.objects.filter(code=eleven[3]).delete()
    assert [row.code for row in page(first.next, 4).rows] == eleven[4:8]


def test_counting_ends(eleven: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert (page().total, page().total_is_exact) == (11, True)
    monkeypatch.setattr(keyset, "COUNT_UNTIL", 10)
    assert (page().total, page().total_is_exact) == (10, False)
    nothing = page_of(Agency.objects.filter(pk="no"), ORDER, cursor="", size=4)
    assert (nothing.rows, nothing.next, nothing.previous, nothing.total) == ([], "", "", 0)


def written(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "====", "名", "A" * 401, "W10",
        written("n"), written("other", 0, 0, 1, "A"), written("n", 0, 2, 1, "A"),
        written("n", 0, -1, 1, "A"), written("n", 2, 0, 1, "A"), written("n", 0, True, 1, "A"),
        written("n", 0, 0, 1), written("n", 0, 0, 1, "A", "B"), written("n", 0, 0, "x", "A"),
        written("n", 0, 0, 10**30, "A"), written("n", 0, 0, None, "A"),
        written("n", 0, 0, [1], "A"), written("n", 0, 0, 1.5, "A"),
        written("n", 0, 0, 1, "a\0b"), written("n", 0, 0, 1, "\ud800"),
        written("n", [0], 0, 1, "A"), written("n", 0, "0", 1, "A"),
        base64.urlsafe_b64encode(b"[" * 300).decode(), base64.urlsafe_b64encode(b"null").decode(),
    ],
)  # fmt: skip
def test_forged_cursors_are_refused(eleven: list[str], cursor: str) -> None:
    with pytest.raises(CursorWrong) as refusal:
        page(cursor)
    assert refusal.value.status == 400


def test_sql_in_a_cursor_is_only_text(eleven: list[str]) -> None:
    found = page(written("n", 0, 0, 0, "'; DROP TABLE kernel_people_agency; --"))
    assert found.rows
    assert Agency.objects.count() == 11
