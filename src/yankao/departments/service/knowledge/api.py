"""The JSON face of the knowledge base: what everybody may read, open to everybody."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from yankao.base.api import our
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.service.knowledge import queries
from yankao.kernel.doors import faces as doors

router = Router(tags=["知識庫"])
DOOR = "service.knowledge.api"
PAGE_ROWS = 50


class CategoryOut(Schema):
    """A category with how many entries it has."""

    code: str
    name: str
    entries: int


class SourceOut(Schema):
    """What an answer rests on; ``address`` may be empty."""

    title: str
    address: str


class EntryOut(Schema):
    """A question with its answer as plain text."""

    number: str
    question: str
    answer: str
    agency: str
    agency_name: str
    categories: list[str]
    sources: list[SourceOut]
    version: int
    revised_on: date
    valid_to: date | None
    views: int
    address: str


class EntriesOut(Schema):
    """A page of entries; ``count`` is of all pages."""

    count: int
    page: int
    entries: list[EntryOut]


def _admitted(request: HttpRequest) -> Request:
    ours = our(request)
    doors.admit(ours, door=DOOR)
    return ours


@router.get("/categories", response=list[CategoryOut], summary="常見問答的類別")
@public
def categories(request: HttpRequest) -> Any:
    found = queries.categories(at=_admitted(request).now)
    return [CategoryOut(code=one.code, name=one.name, entries=one.entries) for one in found]


@router.get("/entries", response=EntriesOut, summary="常見問答清單")
@public
def entries(
    request: HttpRequest,
    category: Annotated[str, Query(max_length=40)] = "",
    agency: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Any:
    """Entries in force today, by number, 50 a page."""
    rows = queries.shown_entries(_admitted(request).now)
    rows = rows.filter(categories=category) if category else rows
    rows = rows.filter(agency=agency) if agency else rows
    begin = PAGE_ROWS * (page - 1)
    found = rows.order_by("number").select_related("agency").prefetch_related("categories")
    return EntriesOut(count=rows.count(), page=page, entries=_out(found[begin : begin + PAGE_ROWS]))


@router.get("/entries/{knowledge_number}", response=EntryOut, summary="一則常見問答")
@public
def entry(request: HttpRequest, knowledge_number: str) -> Any:
    """One entry; of a merged one, the entry it was merged into. Refusals: knowledge.not_found."""
    at = _admitted(request).now
    shown = queries.entry_shown(knowledge_number, at=at)
    if shown.moved_to and shown.entry.merged_into is not None:
        shown = queries.entry_shown(shown.entry.merged_into.number, at=at)
    return _out([shown.entry])[0]


@router.get("/search", response=list[EntryOut], summary="以文字找常見問答")
@public
def search(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=queries.FOUND)] = 10,
) -> Any:
    """Entries that answer the words, best first."""
    return _out(queries.found_entries(q, at=_admitted(request).now, limit=limit))


def _out(rows: Iterable[Any]) -> list[EntryOut]:
    return [
        EntryOut(
            number=row.number,
            question=row.question,
            answer=row.answer,
            agency=row.agency_id,
            agency_name=row.agency.name,
            categories=[category.pk for category in row.categories.all()],
            sources=[SourceOut(**source) for source in row.sources],
            version=row.version,
            revised_on=row.revised_on,
            valid_to=row.valid_to,
            views=row.views,
            address=queries.address_of(row.number),
        )
        for row in rows
    ]
