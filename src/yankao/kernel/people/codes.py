"""Trying a code: counted together with wrong passwords, in every process (see ``lockout``)."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.db import transaction

from yankao.base.http import Request
from yankao.kernel.people import lockout, services
from yankao.kernel.people.models import Person


def factor_of_code(request: Request, person: Person, code: str) -> Authenticator | None:
    """The factor the code belongs to, used up; None = wrong, or the account is locked.

    The fifth failure of password or code locks; axes then answers in place of the page.
    """
    credentials = {"username": person.account}
    with transaction.atomic():
        lockout.take_turn(person.account)
        if AxesProxyHandler.is_allowed(request, credentials):
            found = services.spend_code(person_id=person.pk, code=code, at=request.now)
        else:
            cast(Any, request).axes_locked_out, found = True, None
        if found is None:
            _count(request, person, credentials)
    return found


def _count(request: Request, person: Person, credentials: dict[str, str]) -> None:
    was_locked = cast(Any, request).axes_locked_out
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    if cast(Any, request).axes_locked_out and not was_locked:
        services.warn_of_wrong_codes(person_id=person.pk, at=request.now)
