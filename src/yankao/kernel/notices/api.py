"""/api/notices: the signed-in person's notices as JSON."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router, Schema

from yankao.base.api import Holds, our
from yankao.kernel.notices import queries
from yankao.kernel.notices.permissions import READ

router = Router(tags=["notices"])


class NoticeOut(Schema):
    """A notice; ``read_at`` null = unread. Opening ``address`` marks it read."""

    id: int
    at: datetime
    title: str
    text: str
    address: str
    read_at: datetime | None


class NoticesOut(Schema):
    """One page, unread first, then the newest."""

    unread: int
    page: int
    pages: int
    notices: list[NoticeOut]


@router.get("", response=NoticesOut, auth=Holds(READ), summary="我的通知")
def mine(
    request: HttpRequest, unread: bool = False, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> NoticesOut:
    """While standing in for a principal these are the principal's notices."""
    actor = our(request).actor
    found = queries.inbox_for(actor, unread_only=unread, page=page)
    return NoticesOut(
        unread=queries.unread_count(actor),
        page=found.number,
        pages=found.paginator.num_pages,
        notices=[_notice(row) for row in found.object_list],
    )


def _notice(row: queries.InboxRow) -> NoticeOut:
    return NoticeOut(
        id=row.id,
        at=row.at,
        title=row.title,
        text=row.body,
        address=reverse("kernel_notices:open", args=[row.id]),
        read_at=row.read_at,
    )
