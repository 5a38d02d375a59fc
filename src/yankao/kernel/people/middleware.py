"""Who asks, when, and whether they rested or stayed too long."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yankao.base import clock, refusals
from yankao.base.actors import ANONYMOUS, Actor
from yankao.base.errors import Forbidden
from yankao.base.http import Request
from yankao.kernel.people import queries

SEEN_AT = "people_seen_at"
SIGNED_IN_AT = "people_signed_in_at"
ACTING_FOR = "people_acting_for"
SLIDE_SECONDS = 60
"""How exact the idle clock is: one write to the session a minute at most."""

_OPEN_WHILE_PASSWORD_IS_DUE = frozenset(
    {"account_change_password", "account_set_password", "account_logout"}
)


class ActorMiddleware:
    """Sets ``request.now`` and ``request.actor``; ends sessions that rested or lasted too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        ours = cast(Request, request)
        ours.now = clock.now()
        if _is_signed_in(ours):
            _end_if_idle(ours)
        ours.actor = _actor_of(ours) if _is_signed_in(ours) else ANONYMOUS
        response = self.get_response(request)
        if _is_signed_in(ours):  # perhaps only just now
            ours.session.setdefault(SIGNED_IN_AT, int(ours.now.timestamp()))
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """A password somebody else knows must be replaced before anything else."""
        ours = cast(Request, request)
        if ours.actor.is_anonymous or not ours.user.must_change_password:
            return None
        if (
            request.resolver_match
            and request.resolver_match.url_name in _OPEN_WHILE_PASSWORD_IS_DUE
        ):
            return None
        if request.path.startswith("/api/"):
            return refusals.answer(
                request, Forbidden("people.password_due", _("請先登入網站並更換密碼。"))
            )
        return redirect("account_change_password")


def _is_signed_in(request: Request) -> bool:
    """Without a key in the session there is nobody to look up: no query for the public."""
    return auth.SESSION_KEY in request.session and bool(request.user.is_authenticated)


def _end_if_idle(request: Request) -> None:
    seconds = int(request.now.timestamp())
    rested = seconds - int(request.session.get(SEEN_AT, seconds))
    stayed = seconds - int(request.session.get(SIGNED_IN_AT, seconds))
    if stayed >= settings.SESSION_COOKIE_AGE:
        auth.logout(request)
        messages.info(request, _working_day_message(settings.SESSION_COOKIE_AGE // 3600))
    elif rested >= settings.YANKAO_IDLE_MINUTES * 60:
        auth.logout(request)
        messages.info(request, _idle_message(settings.YANKAO_IDLE_MINUTES))
    elif "X-Yankao-Poll" in request.headers:  # a counter refreshing itself is nobody at work
        return
    elif rested >= SLIDE_SECONDS or SEEN_AT not in request.session:
        request.session[SEEN_AT] = seconds


def _working_day_message(hours: int) -> str:
    sentence = ngettext(
        "您登入已滿 %(hours)s 小時，為了安全已替您登出。請重新登入。",
        "您登入已滿 %(hours)s 小時，為了安全已替您登出。請重新登入。",
        hours,
    )
    return sentence % {"hours": hours}


def _idle_message(minutes: int) -> str:
    sentence = ngettext(
        "您已超過 %(minutes)s 分鐘沒有動作，為了安全已替您登出。請重新登入。",
        "您已超過 %(minutes)s 分鐘沒有動作，為了安全已替您登出。請重新登入。",
        minutes,
    )
    return sentence % {"minutes": minutes}


def _actor_of(request: Request) -> Actor:
    principal_id = request.session.get(ACTING_FOR)
    actor = queries.actor_for(request.user, request.now, principal_id)
    if principal_id is not None and actor.principal_key is None:
        del request.session[ACTING_FOR]
        messages.warning(request, _("代理期間已結束，您現在以自己的身分作業。"))
    return actor
