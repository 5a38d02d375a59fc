"""/v2/: send, look up, list; as ``notifications-python-client`` and its sisters ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from yankao.base.http import Request
from yankao.base.transactions import durable
from yankao.departments.service.messages import queries, rules, services
from yankao.departments.service.messages.api import answers
from yankao.departments.service.messages.api.answers import Caller, notify
from yankao.departments.service.messages.rules import Channel, KeyKind
from yankao.departments.service.messages.services import WireRefused

if TYPE_CHECKING:
    from yankao.departments.service.messages.models import TemplateVersion

app_name = "govuk_notify"

FIELDS = {
    "sms": ("phone_number", "template_id", "reference", "personalisation", "sms_sender_id"),
    "email": (
        *("email_address", "template_id", "reference", "personalisation", "email_reply_to_id"),
        *("one_click_unsubscribe_url", "sanitise_content_for"),
    ),
}


@notify("POST")
def send(request: HttpRequest, *, caller: Caller, channel: str) -> HttpResponse:
    """Send one message."""
    sent = answers.sent_json(request)
    for name in sent:
        if name not in FIELDS[channel]:
            message = f"Additional properties are not allowed ({name[:60]} was unexpected)"
            raise WireRefused(message, kind="ValidationError")
    to = answers.text_of(sent, "phone_number" if channel == "sms" else "email_address")
    template = rules.uuid_of(answers.text_of(sent, "template_id"))
    if template is None:
        raise WireRefused("template_id is not a valid UUID", kind="ValidationError")
    with durable():
        made = services.send_message(
            program=caller.program,
            key=caller.key,
            channel=channel,
            address=to,
            template=template,
            values=answers.values_of(sent),
            reference=answers.text_of(sent, "reference", required=False),
            at=cast(Request, request).now,
        )
    view = queries.message_of(caller.program, made.uuid)
    if view is None:
        raise answers.not_found()
    return JsonResponse(_sent(view), status=201)


def _sent(view: queries.MessageView) -> dict[str, Any]:
    shown = answers.message_json(view)
    if view.channel == Channel.SMS:
        content = {"body": view.body, "from_number": settings.CITY["phone"]}
    else:
        content = {
            "subject": view.subject,
            "body": view.body,
            "from_email": settings.DEFAULT_FROM_EMAIL,
            "one_click_unsubscribe_url": None,
        }
    return {
        "id": shown["id"],
        "reference": shown["reference"],
        "content": content,
        "uri": answers.address(f"/v2/notifications/{view.uuid}"),
        "template": shown["template"],
        "scheduled_for": None,
    }


@notify("GET")
def notifications(request: HttpRequest, *, caller: Caller) -> HttpResponse:
    """The newest messages; a test key sees those of test keys, others the real ones."""
    asked = request.GET
    statuses = asked.getlist("status")
    for status in statuses:
        if status not in rules.ASKABLE:
            known = ", ".join(rules.ASKABLE)
            message = f"status {status[:40]} is not one of [{known}]"
            raise WireRefused(message, kind="ValidationError")
    channel = asked.get("template_type", "")
    if channel and channel not in {*Channel, "letter"}:
        message = f"template_type {channel[:40]} is not one of [sms, email, letter]"
        raise WireRefused(message, kind="ValidationError")
    older = asked.get("older_than", "")
    if older and rules.uuid_of(older) is None:
        raise WireRefused("older_than is not a valid UUID", kind="ValidationError")
    found = queries.messages_of(
        caller.program,
        statuses=[one for status in statuses for one in rules.GROUPS.get(status, (status,))],
        channel=channel,
        reference=asked.get("reference", "")[:1000].replace("\0", ""),
        older_than=rules.uuid_of(older),
        rehearsals=caller.key.kind == KeyKind.TEST,
    )
    body = {
        "notifications": [answers.message_json(view) for view in found],
        "links": _links(request, str(found[-1].uuid) if found else ""),
    }
    return JsonResponse(body)


def _links(request: HttpRequest, last: str) -> dict[str, str]:
    here = "/v2/notifications"
    kept = [(name, value) for name, values in request.GET.lists() for value in values]
    tail = f"?{urlencode(kept)}" if kept else ""
    links = {"current": answers.address(f"{here}{tail}")}
    if last:
        further = [(name, value) for name, value in kept if name != "older_than"]
        query = urlencode([*further, ("older_than", last)])
        links["next"] = answers.address(f"{here}?{query}")
    return links


@notify("GET")
def notification(request: HttpRequest, *, caller: Caller, id: str) -> HttpResponse:
    """One message."""
    uuid = rules.uuid_of(id)
    if uuid is None:
        raise WireRefused("notification_id is not a valid UUID", kind="ValidationError")
    view = queries.message_of(caller.program, uuid)
    if view is None:
        raise answers.not_found()
    return JsonResponse(answers.message_json(view))


@notify("GET")
def templates(request: HttpRequest, *, caller: Caller) -> HttpResponse:
    """The program's templates in use."""
    wanted = request.GET.get("type", "")
    if wanted and wanted not in {*Channel, "letter"}:
        message = f"type {wanted[:40]} is not one of [sms, email, letter]"
        raise WireRefused(message, kind="ValidationError")
    found = [
        answers.template_json(version)
        for version in queries.templates_of(caller.program)
        if not wanted or version.template.channel == wanted
    ]
    return JsonResponse({"templates": found})


@notify("GET")
def template(
    request: HttpRequest, *, caller: Caller, id: str, version: int | None = None
) -> HttpResponse:
    """A template, in its newest version or the one asked for."""
    return JsonResponse(answers.template_json(_version(caller, id, version)))


@notify("POST")
def preview(request: HttpRequest, *, caller: Caller, id: str) -> HttpResponse:
    """A template filled in, without sending."""
    version = _version(caller, id)
    values = answers.values_of(answers.sent_json(request))
    missing = rules.missing_fields(f"{version.subject}\n{version.body}", values)
    if missing:
        raise WireRefused(f"Missing personalisation: {', '.join(missing)}")
    body = rules.filled(version.body, values)
    is_email = version.template.channel == Channel.EMAIL
    shown = {
        "id": str(version.template.uuid),
        "type": version.template.channel,
        "version": version.number,
        "body": body,
        "html": answers.html_of(body) if is_email else None,
        "subject": rules.filled(version.subject, values) if is_email else None,
        "postage": None,
    }
    return JsonResponse(shown)


def _version(caller: Caller, id: str, number: int | None = None) -> TemplateVersion:
    uuid = rules.uuid_of(id)
    if uuid is None:
        raise WireRefused("id is not a valid UUID", kind="ValidationError")
    try:
        return queries.template_of(caller.program, uuid, number)
    except queries.TemplateUnknown as error:
        raise answers.not_found() from error


@notify("GET")
def received(request: HttpRequest, *, caller: Caller) -> HttpResponse:
    """Answers by citizens: the city's number takes none, so there are none."""
    here = answers.address("/v2/received-text-messages")
    return JsonResponse({"received_text_messages": [], "links": {"current": here}})


@notify("POST")
def letter(request: HttpRequest, *, caller: Caller) -> HttpResponse:
    """Letters on paper are not sent here."""
    raise WireRefused("Service is not allowed to send letters")


@notify("GET", "POST")
def nowhere(request: HttpRequest, *, caller: Caller, rest: str) -> HttpResponse:
    """What the standard has and we have not: letters, or nothing at all."""
    raise answers.not_found()


urlpatterns = [
    path("v2/notifications", notifications, name="notifications"),
    path("v2/notifications/sms", send, {"channel": "sms"}, name="send_sms"),
    path("v2/notifications/email", send, {"channel": "email"}, name="send_email"),
    path("v2/notifications/letter", letter, name="letter"),
    path("v2/notifications/<str:id>", notification, name="notification"),
    path("v2/templates", templates, name="templates"),
    path("v2/template/<str:id>", template, name="template"),
    path("v2/template/<str:id>/version/<int:version>", template, name="template_version"),
    path("v2/template/<str:id>/preview", preview, name="preview"),
    path("v2/received-text-messages", received, name="received"),
    path("v2/<path:rest>", nowhere),
]
