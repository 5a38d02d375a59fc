"""/api/search: the same as JSON."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema

from yankao.base.api import Holds, our
from yankao.base.errors import Refused
from yankao.base.routes import SIGNED_IN
from yankao.kernel.search import queries
from yankao.kernel.search.index import Unavailable
from yankao.kernel.search.queries import Hit
from yankao.kernel.search.rules import LONGEST_QUERY, Piece

router = Router(tags=["search"])


class IndexBuilding(Refused):
    """There is no index for the moment."""

    status = 503


class HitOut(Schema):
    """A record found; ``excerpt`` is plain text around what was asked for."""

    kind: str
    kind_title: str
    number: str
    title: str
    place: str
    excerpt: str
    agency: str | None
    state: str
    at: datetime
    address: str


class ResultsOut(Schema):
    """One page; ``count`` is of all pages, of which the first 50 can be read."""

    count: int
    page: int
    items: list[HitOut]


@router.get("", auth=Holds(SIGNED_IN), response=ResultsOut, summary="全文搜尋")
def search(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=LONGEST_QUERY)] = "",
    kind: str = "",
    page: Annotated[int, Query(ge=1, le=queries.LAST_PAGE)] = 1,
) -> ResultsOut:
    """Records in which every word of ``q`` stands, newest first, 20 a page.

    Words in quotation marks stand together; numbers are found by their beginning too.
    """
    try:
        found = queries.search(our(request).actor, q, kind=kind, page=page)
    except Unavailable:
        raise IndexBuilding("search.building", _("搜尋索引正在建立，請過一分鐘再試。")) from None
    return ResultsOut(count=found.total, page=found.page, items=[_out(hit) for hit in found.hits])


def _out(hit: Hit) -> HitOut:
    return HitOut(
        kind=hit.subject.kind,
        kind_title=str(hit.kind_title),
        number=hit.number,
        title=_text(hit.title),
        place=_text(hit.place),
        excerpt=_text(hit.excerpt),
        agency=hit.agency,
        state=str(hit.state),
        at=hit.at,
        address=hit.address,
    )


def _text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)
