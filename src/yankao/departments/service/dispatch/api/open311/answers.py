"""Answers of GeoReport v2 in XML and JSON, error lists included, fresh enough to be cached."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, cast
from xml.etree import ElementTree

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from yankao.base.errors import Invalid, NotVisible, Refused, TooMany, Unreadable
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.kernel.doors import faces as doors
from yankao.kernel.doors.queries import Client

READING = "service.dispatch.open_data"
"""The door of everything that is read; whoever shows a key is counted by the key instead."""

CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
# Lists in XML: the name of the list → the name of each member.
MEMBERS = {
    "services": "service",
    "attributes": "attribute",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "notes": "note",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

View = Callable[..., HttpResponseBase]


class WrongMethod(Refused):
    """The resource is not made for this method."""

    status = 405


class Misasked(Unreadable):
    """Several things about the request cannot be read; each is told."""

    def __init__(self, refusals: Sequence[Refused]) -> None:
        first = refusals[0]
        super().__init__(first.code, first.message, first.field)
        self.refusals = tuple(refusals)


def georeport(*methods: str, door: str = READING) -> Callable[[View], View]:
    """A public view of the standard for these methods; every refusal is an error list.

    The caller is known by its API key, never by a cookie: so no CSRF token. Reading passes the
    door here; a view that reports knocks by itself, with its scope.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @public
        @wraps(view)
        def answered(request: HttpRequest, **parts: str) -> HttpResponseBase:
            form = parts.get("form", "xml")
            try:
                if request.method not in methods:
                    return _wrong_method(methods, form)
                if request.method != "POST":
                    admitted(request, door=door)
                response = view(request, **parts)
            except Misasked as refused:
                response = error_list(refused.refusals, form)
            except Refused as refusal:
                response = error_list([refusal], form)
            except Http404:
                response = error_list([_nowhere()], form)
            return _opened(request, response)

        return answered

    return decorate


def admitted(request: HttpRequest, *, door: str, scope: str = "") -> Client | None:
    """Whose key came with the request, as ``api_key`` or in the header; None without one.

    Raises KeyInvalid, ScopeMissing, TooManyKnocks.
    """
    sent = request.POST.get("api_key") or request.GET.get("api_key")
    shown = str(sent or request.headers.get(doors.KEY_HEADER, "")).strip()
    secret = shown if shown.isprintable() else "?"
    return doors.admit(cast(Request, request), door=door, scope=scope, secret=secret)


def answer(request: HttpRequest, name: str, value: Any, form: str, *, seconds: int) -> HttpResponse:
    """The value under its root name, which JSON lists do without; cached for so many seconds."""
    response = HttpResponse(_written(name, value, form), content_type=CONTENT_TYPES[form])
    if request.method == "POST":
        response["Cache-Control"] = "no-store"
        return response
    patch_cache_control(response, public=True, max_age=seconds)
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    conditional = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(conditional, HttpResponse)
    return conditional


def error_list(refusals: Sequence[Refused], form: str) -> HttpResponse:
    """``[{code, description}]``; code is the status of HTTP, as the standard recommends."""
    errors = [{"code": _status(r), "description": r.message} for r in refusals]
    response = HttpResponse(
        _written("errors", errors, form),
        content_type=CONTENT_TYPES[form],
        status=_status(refusals[0]),
    )
    response["Cache-Control"] = "no-store"
    for refusal in refusals:
        if isinstance(refusal, TooMany) and refusal.again_after_seconds is not None:
            response["Retry-After"] = str(refusal.again_after_seconds)
    return response


def _status(refusal: Refused) -> int:
    """The standard's: 403 for whatever is wrong with a key, 400 for what was sent wrongly."""
    if isinstance(refusal, Invalid):
        return 400
    return 403 if refusal.status == 401 else refusal.status


def _nowhere() -> Refused:
    message = _("這個網址不是 Open311 的資源。請對照 docs/open311.md。")
    return NotVisible("dispatch.open311_no_resource", message)


def _wrong_method(methods: Sequence[str], form: str) -> HttpResponse:
    words = _("這個資源不接受這種方法。可用的方法：%(methods)s。") % {"methods": ", ".join(methods)}
    response = error_list([WrongMethod("dispatch.open311_method", words)], form)
    response["Allow"] = ", ".join(methods)
    return response


def _opened(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Pages of other sites may read what is open; nothing here depends on a cookie."""
    if request.method in {"GET", "HEAD"}:
        response["Access-Control-Allow-Origin"] = "*"
    return response


def _written(name: str, value: Any, form: str) -> bytes:
    if form == "json":
        return json.dumps(value, ensure_ascii=False).encode()
    document: bytes = ElementTree.tostring(_element(name, value), "utf-8", xml_declaration=True)
    return document


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        element.extend(_element(MEMBERS[name], part) for part in value)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = _NOT_IN_XML.sub("", str(value))
    return element
