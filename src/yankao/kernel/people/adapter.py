"""What django-allauth asks us: who may sign up (nobody yet), where to go, how to check."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yankao.base import clock, registry
from yankao.base.actors import Actor
from yankao.base.addresses import client_address
from yankao.kernel.people import lockout, queries, services
from yankao.kernel.people.backends import PersonBackend

_MESSAGES: dict[str, Any] = {
    "account/messages/logged_out.txt": _("您已登出。"),
    "account/messages/password_changed.txt": _("已更換密碼，其他裝置已登出。"),
    "account/messages/password_set.txt": _("已設定密碼，其他裝置已登出。"),
}
"""allauth names its messages by template; those not here are not worth a word."""

PUBLIC_HOME = "/"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators; signing in is counted on the database."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("帳號或密碼不正確，或帳號已停用。請檢查後再試一次。"),
        "enter_current_password": _("目前的密碼不正確，請再輸入一次。"),
        "incorrect_password": _("密碼不正確，請再輸入一次。"),
        "too_many_login_attempts": _("嘗試次數太多，請稍後再試。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check the password; attempts for one account wait for each other."""
        with transaction.atomic():
            lockout.take_turn(lockout.account_of(request, credentials))
            user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Turn away at the door who may not sign in; a passkey has not asked the backend yet."""
        if PersonBackend().user_can_authenticate(user):
            return None
        clear_login(request)
        sentence = self.error_messages["username_password_mismatch"]
        messages.error(request, str(sentence))
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who signed in a moment ago need not prove it once more."""
        records = get_authentication_records(self.request, self.request.user)
        latest = max((record["at"] for record in records), default=0)
        signed_in_lately = (
            clock.now().timestamp() - latest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        )
        return not signed_in_lately and super().is_reauthentication_required(app=app, **kwargs)

    def set_password(self, user: Any, password: str) -> None:
        """Keep the new password somebody chose for themselves."""
        at = clock.now()
        with transaction.atomic():
            services.change_own_password(
                person_id=user.pk, password=password, actor=queries.actor_for(user, at), at=at
            )
        user.refresh_from_db(fields=["password", "must_change_password", "session_epoch"])

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return home_of(queries.actor_for(request.user, clock.now()))  # type: ignore[arg-type]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("kernel_people:me")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        message: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Say it in our own words."""
        sentence = message or _MESSAGES.get(message_template or "")
        if sentence:
            messages.add_message(request, level, sentence)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose attempts are counted together; a trusted proxy's clients are told apart."""
        return client_address(request)


def home_of(actor: Actor) -> str:
    """Where somebody's work starts: the first entry of their rail, or the public front page."""
    items = sorted((item for s in registry.systems() for item in s.nav), key=lambda i: i.order)
    ours = (reverse(item.url_name) for item in items if actor.holds(item.permission))
    return next(ours, PUBLIC_HOME)
