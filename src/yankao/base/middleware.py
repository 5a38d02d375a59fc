"""What every request passes: an id, refusals turned into answers, permission by default denied."""

import re
import uuid
from collections.abc import Callable
from typing import Any, cast

import structlog
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from yankao.base import refusals, routes
from yankao.base.errors import Forbidden, Refused, TooLarge, Unreadable
from yankao.base.http import Request

log = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], HttpResponseBase]
LARGEST_BODY = 32 * 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Gives the request an id (a well-formed one of the proxy is kept) and logs its outcome."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        offered = request.headers.get("X-Request-Id", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        cast(Request, request).request_id = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else ""
            log.info("request", method=request.method, route=route, status=response.status_code)
        response["X-Request-Id"] = request_id
        return response


class ShapeMiddleware:
    """Refuses what nobody sends in good faith: NUL characters, and bodies beyond all limits.

    PostgreSQL cannot store or compare NUL, and not every posted value goes through a form.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refusal = _too_large(request) or _has_nul(request)
        return refusals.answer(request, refusal) if refusal else self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Posted fields; a foreign standard's face (which needs no token) reads its own."""
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        values = (value for _name, posted in request.POST.lists() for value in posted)
        return refusals.answer(request, _nul()) if any("\0" in str(v) for v in values) else None


def _too_large(request: HttpRequest) -> Refused | None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) <= LARGEST_BODY:
        return None
    return TooLarge("base.too_large", _("送出的內容太大。請減少或縮小照片後再試。"))


def _has_nul(request: HttpRequest) -> Refused | None:
    address = request.path_info + request.META.get("QUERY_STRING", "")
    is_api_body = (
        request.method == "POST"
        and request.path_info.startswith("/api/")
        and request.content_type != "multipart/form-data"  # files; read into memory never
    )
    if "\0" in address or "%00" in address or (is_api_body and b"\\u0000" in request.body):
        return _nul()
    return None


def _nul() -> Refused:
    message = _("網址或內容裡有不能儲存的字元（NUL），請移除後再送出。")
    return Unreadable("base.nul", message)


class NoStoreMiddleware:
    """What was made for one person stays out of every cache, also the browser's after sign-out."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session = getattr(request, "session", None)
        if session is not None and session.accessed and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class RefusalMiddleware:
    """The one place where a refusal becomes an answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refusals.answer(request, error) if isinstance(error, Refused) else None


class PermissionMiddleware:
    """Lets a request through to views that are public or whose permission the actor holds."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match and "ninja" in match.app_names:  # every operation checks for itself (base.api)
            return None
        permission = routes.permission_of(view)
        actor = cast(Request, request).actor
        if permission == routes.PUBLIC:
            return None
        if actor.is_anonymous:
            return redirect_to_login(request.get_full_path())
        if permission == routes.SIGNED_IN or (permission and actor.holds(permission)):
            return None
        refusal = Forbidden(
            "base.no_permission", _("您的帳號沒有使用這一頁的權限。需要時請洽機關的帳號管理人。")
        )
        return refusals.answer(request, refusal)
