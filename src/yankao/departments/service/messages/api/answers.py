"""The form of the wire: who asks, errors, and records as JSON. Messages are English, as clients
and the people who write them expect from this standard.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.html import escape, linebreaks
from django.views.decorators.csrf import csrf_exempt

from yankao.base.addresses import client_address
from yankao.base.errors import Refused, TooMany
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.messages import queries, rules, services
from yankao.departments.service.messages.queries import MessageView
from yankao.departments.service.messages.rules import Channel
from yankao.departments.service.messages.services import WireRefused
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker

if TYPE_CHECKING:
    from yankao.departments.service.messages.models import Program, ProgramKey, TemplateVersion

DOOR, WRONG_DOOR = "service.messages.wire", "service.messages.wire_wrong"
LARGEST_BODY = 2 * 1024 * 1024
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Caller:
    """A program and the key it came with."""

    program: Program
    key: ProgramKey


def notify(*methods: str) -> Callable[[View], View]:
    """A view of the standard: knows the caller, counts it, answers refusals as the clients read."""

    def mark(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, **parts: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise WireRefused("The method is not allowed", status=405, kind="MethodError")
                caller = _caller(request)
                _count(caller, cast(Request, request).now)
                return view(request, caller=caller, **parts)
            except WireRefused as refusal:
                return error(refusal)
            except TooMany as refusal:
                return error(WireRefused(refusal.message, status=429, kind="RateLimitError"))
            except Refused as refusal:
                return error(WireRefused(refusal.message, status=refusal.status))

        return csrf_exempt(public(answered))

    return mark


def error(refusal: WireRefused) -> JsonResponse:
    """The error body of the standard."""
    body = {
        "status_code": refusal.status,
        "errors": [{"error": refusal.kind, "message": refusal.message}],
    }
    return JsonResponse(body, status=refusal.status)


def not_found() -> WireRefused:
    """Nothing of that id is the program's."""
    return WireRefused("No result found", status=404, kind="NoResultFound")


# --- who asks ------------------------------------------------------------------------------------


def _caller(request: HttpRequest) -> Caller:
    at = cast(Request, request).now
    try:
        caller = _believed(request.headers.get("Authorization", ""), at)
    except WireRefused:
        doors.knock(door=WRONG_DOOR, who=Knocker.at(client_address(request)), at=at)
        raise
    with durable():
        services.note_use(key=caller.key, at=at)
    return caller


def _believed(header: str, at: datetime) -> Caller:
    scheme, _blank, token = header.partition(" ")
    if not header:
        raise _unauthorized("Unauthorized: authentication token must be provided", 401)
    if scheme != "Bearer":
        raise _unauthorized("Unauthorized: authentication bearer scheme must be used", 401)
    claims = rules.claims_of(token.strip())
    if claims is None:
        raise _unauthorized("Invalid token: signature, api token is not valid")
    if claims.issuer is None:
        raise _unauthorized("Invalid token: service id is not the right data type")
    if claims.issued_at is None:
        raise _unauthorized("Invalid token: iat field not provided")
    program = queries.program_of(claims.issuer)
    if program is None:
        raise _unauthorized("Invalid token: service not found")
    key = _key(program, token.strip())
    if not rules.is_fresh(claims.issued_at, at):
        raise _unauthorized("Error: Your system clock must be accurate to within 30 seconds")
    if program.closed_at is not None:
        raise _unauthorized("Invalid token: service is archived")
    if key.ended_at is not None:
        raise _unauthorized("Invalid token: API key revoked")
    return Caller(program, key)


def _key(program: Program, token: str) -> ProgramKey:
    for key in queries.keys_of(program):
        secret = queries.opened(key.sealed_secret)
        if secret and rules.is_signed(token, secret):
            return key
    raise _unauthorized("Invalid token: API key not found")


def _unauthorized(message: str, status: int = 403) -> WireRefused:
    return WireRefused(message, status=status, kind="AuthError")


def _count(caller: Caller, at: datetime) -> None:
    kind = caller.key.kind
    try:
        doors.knock(door=DOOR, who=Knocker.on(f"messages:{caller.program.pk}:{kind}"), at=at)
    except TooMany as refusal:
        raise WireRefused(
            f"Exceeded rate limit for key type {kind.upper()} of 3000 requests per 60 seconds",
            status=429,
            kind="RateLimitError",
        ) from refusal


# --- what they send ------------------------------------------------------------------------------


def sent_json(request: HttpRequest) -> dict[str, Any]:
    """The body as an object. Raises WireRefused."""
    if len(request.body) > LARGEST_BODY:
        raise WireRefused("The request is too large", status=413)
    try:
        read = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise WireRefused("Invalid JSON supplied in POST data") from error
    if not isinstance(read, dict):
        raise WireRefused("Invalid JSON supplied in POST data")
    return read


def text_of(sent: Mapping[str, Any], name: str, *, required: bool = True, most: int = 1000) -> str:
    """A text of the body. Raises WireRefused."""
    value = sent.get(name)
    if value is None and not required:
        return ""
    if name not in sent:
        raise _invalid(f"{name} is a required property")
    if not isinstance(value, str):
        raise _invalid(f"{name} {json.dumps(value)[:60]} is not of type string")
    if len(value) > most:
        raise _invalid(f"{name} is too long")
    if not _is_storable(value):
        raise _invalid(f"{name} contains a character that cannot be stored")
    return value


def values_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The personalisation: texts, numbers, yes and no, lists of them. Raises WireRefused."""
    values = sent.get("personalisation") or {}
    if not isinstance(values, dict):
        raise _invalid("personalisation should contain key value pairs")
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict | list):
                raise _invalid("personalisation should contain key value pairs")
            if not _is_storable(f"{name}{one}"):
                raise _invalid("personalisation contains a character that cannot be stored")
    return values


def _is_storable(text: str) -> bool:
    """Neither NUL nor half a character, which JSON can write and the database cannot."""
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode()


def _invalid(message: str) -> WireRefused:
    return WireRefused(message, kind="ValidationError")


# --- what they get -------------------------------------------------------------------------------


def address(path: str) -> str:
    """An address of ours, whole."""
    return f"{settings.YANKAO_ORIGIN}{path}"


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with microseconds, as the clients parse it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def message_json(view: MessageView) -> dict[str, Any]:
    """A message as the standard shows it; what it has of letters on paper stays empty."""
    is_sms = view.channel == Channel.SMS
    is_over = view.status in {rules.DELIVERED, *rules.FAILURES.values()}
    paper = {f"line_{number}": None for number in range(1, 8)} | {"postcode": None, "postage": None}
    return {
        "id": str(view.uuid),
        "reference": view.reference or None,
        "email_address": None if is_sms else view.address,
        "phone_number": view.address if is_sms else None,
        **paper,
        "type": view.channel,
        "status": view.status,
        "template": {
            "id": str(view.template_uuid),
            "version": view.version,
            "uri": address(f"/v2/template/{view.template_uuid}/version/{view.version}"),
        },
        "body": view.body,
        "subject": view.subject or None,
        "created_at": instant(view.at),
        "created_by_name": None,
        "sent_at": instant(view.sent_at),
        "completed_at": instant(view.ended_at) if is_over else None,
        "scheduled_for": None,
        "is_cost_data_ready": view.cost_twd is not None,
        "cost_details": {"billable_sms_fragments": view.parts} if view.parts else {},
    }


def template_json(version: TemplateVersion) -> dict[str, Any]:
    """A version of a template."""
    fields = rules.fields_of(f"{version.subject}\n{version.body}")
    return {
        "id": str(version.template.uuid),
        "name": version.template.name,
        "type": version.template.channel,
        "created_at": instant(version.template.made_at),
        "updated_at": instant(version.written_at) if version.number > 1 else None,
        "created_by": version.written_by_name,
        "version": version.number,
        "body": version.body,
        "subject": version.subject or None,
        "letter_contact_block": None,
        "postage": None,
        "personalisation": {name: {"required": True} for name in fields},
    }


def html_of(body: str) -> str:
    """The text of a mail as a fragment of HTML."""
    return linebreaks(escape(body))
