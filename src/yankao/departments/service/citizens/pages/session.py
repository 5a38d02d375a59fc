"""The citizen behind a request. Their cookie is their own; the staff's session knows nothing of it.

Pages that need somebody signed in are public routes with ``@citizens_only``: a citizen is no actor
with permissions, and a member of staff is nobody here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.citizens import queries, services
from yankao.departments.service.citizens.queries import SignedIn

PUSH_COOKIE = "yankao_push"
"""Names the browser's subscription; also of browsers where nobody is signed in."""
Page = Callable[..., HttpResponseBase]
_FOUND = "_service_citizens_signed_in"


def citizen_of(request: Request) -> SignedIn | None:
    """Who is signed in, looked up once a request; their idle clock is set back."""
    if not hasattr(request, _FOUND):
        found = queries.signed_in(request.COOKIES.get(queries.COOKIE, ""), at=request.now)
        setattr(request, _FOUND, found)
        if found is not None:
            with durable():
                services.see(signed_in=found, at=request.now)
    known: SignedIn | None = getattr(request, _FOUND)
    return known


def citizens_only(view: Callable[..., HttpResponseBase]) -> Page:
    """The page of somebody signed in, given as ``who``; others are led to the sign-in and back."""

    @wraps(view)
    def page(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        who = citizen_of(request)
        if who is None:
            here = {"next": request.path} if request.method in {"GET", "HEAD"} else {}
            address = reverse("service_citizens:sign_in")
            return kept_nowhere(redirect(f"{address}?{urlencode(here)}" if here else address))
        return kept_nowhere(view(request, *args, who=who, **kwargs))

    return public(page)


def begin(response: HttpResponse, opened: services.Opened) -> HttpResponse:
    """The cookie of a new sign-in; on a device of others it ends with the browser."""
    own = opened.session.is_own_device
    response.set_cookie(
        queries.COOKIE,
        opened.secret,
        expires=opened.session.until_at if own else None,
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )
    return response


def end(response: HttpResponse) -> HttpResponse:
    """The cookie goes."""
    response.delete_cookie(queries.COOKIE, samesite="Lax")
    return response


def kept_nowhere(response: HttpResponseBase) -> HttpResponseBase:
    """No cache keeps it, no search engine lists it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def inside(address: str) -> str:
    """Where to go on after the sign-in: only to one's own pages."""
    return address if address.startswith("/my/") and "\\" not in address else ""


class ReportersAccount:
    """Cases reported while somebody is signed in go into their list."""

    def keep_case(self, request: Request, number: str) -> None:
        """In a transaction of its own: the case is on disk already."""
        who = citizen_of(request)
        if who is not None:
            with durable():
                services.keep_reported(citizen=who.citizen, number=number, at=request.now)
