"""The JSON face: one root at /api/, one OpenAPI document, one form of errors."""

from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import Http404
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import SessionAuth
from pydantic import AfterValidator, AwareDatetime

from yankao.base import refusals, registry
from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused, Unreadable
from yankao.base.http import Request
from yankao.base.routes import SIGNED_IN

Language = Literal["", "zh-hant", "en"]
"""The language somebody is written to in; "" = the city's."""


def _in_utc(at: datetime) -> datetime:
    """PostgreSQL knows no zones beyond 16 hours, Python and RFC 3339 do."""
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant as a client sends it; one without a zone is refused."""


def our(request: HttpRequest) -> Request:
    """Ninja's request as what our middleware made of it, with actor and instant."""
    assert hasattr(request, "actor")
    return cast(Request, request)


class Unauthenticated(Refused):
    """The operation needs a signed-in person."""

    status = 401


class Holds(SessionAuth):
    """Ninja's ``auth=`` for operations that need a permission; writes need the CSRF token."""

    def __init__(self, permission: str) -> None:
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor = cast(Request, request).actor
        if actor.is_anonymous:
            return None
        if self.permission != SIGNED_IN and not actor.holds(self.permission):
            raise Forbidden("base.no_permission", _("您的帳號沒有這項權限。"))
        return actor


@cache
def build() -> NinjaAPI:
    """The one API, with the routers of all systems mounted."""
    api = NinjaAPI(title="Yankao API", version="1", docs_url=None)
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(ValidationError, _misshapen)
    api.add_exception_handler(Http404, _missing)
    api.add_exception_handler(AuthenticationError, _unauthenticated)
    api.add_exception_handler(HttpError, _turned_away)
    for system in registry.systems():
        if system.api:
            module, _, name = system.api.partition(":")
            api.add_router(system.api_prefix, getattr(import_module(module), name or "router"))
    return api


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return refusals.answer(request, error)


def _misshapen(request: HttpRequest, error: Any) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    field = ".".join(str(part) for part in first.get("loc", ())[1:])
    refusal = Invalid(
        "base.misshapen",
        _("欄位「%(field)s」不符格式：%(value)s") % {"field": field, "value": first.get("msg", "")},
        field,
    )
    return refusals.answer(request, refusal)


def _missing(request: HttpRequest, error: Any) -> HttpResponse:
    return refusals.answer(
        request, NotVisible("base.not_found", _("找不到這筆資料，或您無權檢視。"))
    )


def _unauthenticated(request: HttpRequest, error: Any) -> HttpResponse:
    refusal = Unauthenticated("base.sign_in", _("請先登入。"))
    return refusals.answer(request, refusal)


def _turned_away(request: HttpRequest, error: Any) -> HttpResponse:
    if error.status_code == 403:
        message = _("這個要求沒有通過檢查（CSRF）。請重新載入頁面後再試。")
        return refusals.answer(request, Forbidden("base.turned_away", message))
    return refusals.answer(request, Unreadable("base.unreadable", _("內容不是可讀的 JSON。")))
