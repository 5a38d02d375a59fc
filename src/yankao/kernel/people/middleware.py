"""Who asks, when, and whether they rested or stayed too long."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yankao.base import clock, refusals
from yankao.base.actors import ANONYMOUS, Actor
from yankao.base.addresses import client_address
from yankao.base.errors import Forbidden
from yankao.base.http import Request
from yankao.kernel.people import queries, services
from yankao.kernel.people.browsers import browser_name

SEEN_AT = "people_seen_at"
SIGNED_IN_AT = "people_signed_in_at"
ACTING_FOR = "people_acting_for"
SLIDE_SECONDS = 60
"""How exact the idle clock is: one write to the session a minute at most."""

_OPEN_WHILE_PASSWORD_IS_DUE = frozenset(
    {"account_change_password", "account_set_password", "account_logout"}
)
_OPEN_WHILE_FACTOR_IS_DUE = _OPEN_WHILE_PASSWORD_IS_DUE | {
    *("kernel_people:factors", "kernel_people:set_up_app", "kernel_people:add_passkey"),
    "account_reauthenticate",
}
KEPT_KEY = "people_session_key"
"""Under which key the session is in the list of sessions; it changes with the password."""


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
            began = ours.session.setdefault(SIGNED_IN_AT, int(ours.now.timestamp()))
            if ours.session.get(KEPT_KEY) != ours.session.session_key:
                _keep_session(ours, began)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """A password somebody else knows, then a missing second factor, come before all else."""
        ours = cast(Request, request)
        if ours.actor.is_anonymous or not ours.user.is_authenticated:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if ours.user.must_change_password:
            if name in _OPEN_WHILE_PASSWORD_IS_DUE:
                return None
            refusal = Forbidden("people.password_due", _("請先登入網站並更換密碼。"))
            return _led_to(ours, "account_change_password", refusal)
        if name not in _OPEN_WHILE_FACTOR_IS_DUE and _factor_is_due(ours):
            refusal = Forbidden(
                "people.second_factor_due", _("請先登入網站，在「第二道驗證」設定一種驗證方式。")
            )
            return _led_to(ours, "kernel_people:factors", refusal)
        return None


def _factor_is_due(request: Request) -> bool:
    person = request.user
    return person.second_factor_at is None and queries.must_have_factor(
        request.actor, is_demo=person.is_demo
    )


def _led_to(request: Request, page: str, refusal: Forbidden) -> HttpResponseBase:
    is_api = request.path.startswith("/api/")
    return refusals.answer(request, refusal) if is_api else redirect(page)


def _keep_session(request: Request, began: int) -> None:
    """Put the session on the list, or follow it to a new key or into the next minute."""
    key = request.session.session_key or ""
    services.keep_session(
        person_id=request.user.pk,
        session_key=key,
        address=client_address(request),
        browser=browser_name(request.headers.get("User-Agent", "")),
        began_at=datetime.fromtimestamp(began, tz=UTC),
        at=request.now,
    )
    request.session[KEPT_KEY] = key


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
        request.session.pop(KEPT_KEY, None)  # seen again: the list is to follow


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
