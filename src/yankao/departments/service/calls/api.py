"""/api/calls/events: what the telephone exchange tells, signed."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field, ValidationError

from yankao.base.actors import system_actor
from yankao.base.api import Instant, Unauthenticated, our
from yankao.base.errors import NotVisible, TooLarge, Unreadable
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.calls import queries, services
from yankao.departments.service.calls.rules import signing
from yankao.departments.service.calls.workflow import Happened

router = Router(tags=["calls"])
EXCHANGE = system_actor("exchange")
LARGEST = 256 * 1024
MOST = 200
"""Events in one delivery."""


class NotConnected(NotVisible):
    """No secret is set, so nobody can prove to be the exchange."""


class NotSigned(Unauthenticated):
    """The signature is missing, wrong, or older than five minutes."""


class EventUnreadable(Unreadable):
    """The body is not as documented."""


class EventIn(Schema, extra="forbid"):
    """One event. ``agent`` and ``queue`` are the exchange's names."""

    id: str = Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
    call: str = Field(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")
    type: Happened
    at: Instant
    agent: str = Field("", max_length=40, pattern=r"^[\x21-\x7e]*$")
    queue: str = Field("", max_length=40, pattern=r"^[\x21-\x7e]*$")
    caller: str = Field("", max_length=30, pattern=r"^[0-9+*#() -]*$")
    satisfaction: int | None = Field(None, ge=1, le=5)


class EventsIn(Schema, extra="forbid"):
    """A delivery; events may come late, twice and in any order."""

    events: list[EventIn] = Field(min_length=1, max_length=MOST)


class TakenOut(Schema):
    """How many were new, and how many were told before."""

    new: int
    known: int


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": EventsIn.json_schema()}},
    }
}


@router.post("/events", response=TakenOut, summary="交換機的通話事件", openapi_extra=_BODY)
@public
def events(request: HttpRequest) -> TakenOut:
    """Signed as Standard Webhooks 1.0: ``webhook-id``, ``webhook-timestamp``,
    ``webhook-signature``."""
    ours = our(request)
    body = _signed_body(ours)
    try:
        read = EventsIn.model_validate_json(body)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = _("看不懂事件的「%(field)s」，請對照文件。") % {"field": field}
        raise EventUnreadable("calls.event_unreadable", message, field) from error
    told = [_told(event) for event in read.events]
    with durable():
        taken = services.take_events(told, actor=EXCHANGE, at=ours.now)
    return TakenOut(new=taken.new, known=taken.known)


def _signed_body(request: Request) -> bytes:
    secrets = queries.exchange_secrets()
    if not secrets:
        raise NotConnected("calls.not_connected", _("這裡沒有接交換機。"))
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise TooLarge("calls.delivery_too_large", _("一次傳的事件太多，請分批。"))
    is_signed = signing.is_signed(
        secrets,
        id=request.headers.get("webhook-id", "")[:200],
        timestamp=request.headers.get("webhook-timestamp", ""),
        signatures=request.headers.get("webhook-signature", ""),
        body=request.body,
        now=request.now.timestamp(),
    )
    if not is_signed:
        message = _("簽章不對或已過期。請檢查密鑰與交換機的時鐘。")
        raise NotSigned("calls.not_signed", message)
    return request.body


def _told(event: EventIn) -> services.Told:
    return services.Told(
        id=event.id,
        call=event.call,
        happened=event.type,
        at=event.at,
        agent=event.agent,
        queue=event.queue,
        caller=event.caller.strip(),
        level=event.satisfaction,
    )
