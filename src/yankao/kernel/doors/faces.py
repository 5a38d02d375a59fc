"""For faces: the few lines a public page or operation needs."""

import json
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Status
from pydantic import BaseModel

from yankao.base.actors import Actor, Grant
from yankao.base.addresses import client_address
from yankao.base.api import Holds, Unauthenticated, our
from yankao.base.errors import Forbidden, Invalid
from yankao.base.http import Request
from yankao.base.transactions import durable
from yankao.kernel.doors import services
from yankao.kernel.doors.queries import Client

KEY_HEADER = "X-Api-Key"
ONCE_HEADER = "Idempotency-Key"
_ONCE = re.compile(r"[!-~]{16,64}")


class AgencyMissing(Forbidden):
    """The key belongs to no agency, so there is nothing it may read."""


class KeyMissing(Unauthenticated):
    """The operation needs a key."""


class OnceMalformed(Invalid):
    """An idempotency key is 16 to 64 visible ASCII characters."""


class Guard:
    """The guard of one form: ``check()`` before the work, ``{% include "…/guard.html" %}`` inside.

    The page that answers a refusal carries a puzzle.
    """

    def __init__(self, request: Request, *, door: str) -> None:
        self.request, self.door = request, door
        self.is_suspect = False
        self.sends_itself = False

    def check(self) -> None:
        """Raises TooManyKnocks, PuzzleDue, PuzzleStale.

        After PuzzleDue the page's own notice says what happens: the browser solves and sends again.
        """
        try:
            services.check_guard(
                door=self.door,
                address=client_address(self.request),
                answers=services.Answers.of(self.request.POST),
                at=self.request.now,
            )
        except (services.PuzzleDue, services.PuzzleStale) as refusal:
            self.is_suspect = True
            self.sends_itself = isinstance(refusal, services.PuzzleDue)
            raise

    @cached_property
    def sheet(self) -> services.Sheet:
        """What the page carries."""
        return services.new_sheet(
            door=self.door,
            address=client_address(self.request),
            at=self.request.now,
            suspect=self.is_suspect,
        )


def admit(
    request: Request, *, door: str, scope: str = "", secret: str | None = None
) -> Client | None:
    """Let an API call in by its key (X-Api-Key, or ``secret``) or its address.

    Call it before the transaction. Raises KeyInvalid, ScopeMissing, TooManyKnocks.
    """
    shown = request.headers.get(KEY_HEADER, "") if secret is None else secret
    return services.admit(
        door=door, address=client_address(request), at=request.now, secret=shown, scope=scope
    )


def admit_client(request: Request, *, door: str, scope: str) -> Client:
    """As ``admit``, where nobody comes in without a key. Raises also KeyMissing."""
    client = admit(request, door=door, scope=scope)
    if client is None:
        raise KeyMissing("doors.key_missing", _("請在 %s 附上介接金鑰。") % KEY_HEADER)
    return client


def client_key(client: Client) -> str:
    """What stands for the client where an actor's key would."""
    return f"key:{client.id}"


class HoldsOrKey(Holds):
    """Ninja's ``auth=`` for reading: who holds the permission, or a key with the scope.

    A key reads what its agency holds, as somebody with that one permission there.
    Raises KeyInvalid, ScopeMissing, TooManyKnocks, AgencyMissing.
    """

    def __init__(self, permission: str, *, door: str, scope: str) -> None:
        super().__init__(permission)
        self.door, self.scope = door, scope

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        if KEY_HEADER not in request.headers:
            return super().authenticate(request, key)
        client = admit_client(our(request), door=self.door, scope=self.scope)
        if not client.agency:
            message = _("這把金鑰沒有所屬機關，請管理人換發。")
            raise AgencyMissing("doors.agency_missing", message)
        grants = frozenset({Grant(self.permission, client.agency)})
        return Actor(client_key(client), client.application, agency=client.agency, grants=grants)


def once(
    request: Request, work: Callable[[], Status[Any]], *, client: Client | None = None
) -> Status[Any]:
    """Do an operation's work in one durable transaction; with an Idempotency-Key, once in 24 hours.

    Keys of different clients and persons are apart; nobody known shares one room.
    Raises OnceMalformed, KeyReused, and what the work refuses.
    """
    key = _once_key(request)
    with durable():
        if key is None:
            return work()
        status, body = services.answer_once(
            scope=client_key(client) if client else request.actor.key,
            route=f"{request.method} {request.path}",
            key=key,
            content=_canonical(request.body),
            work=lambda: _as_json(work()),
            at=request.now,
        )
    return Status(status, body)


def _once_key(request: HttpRequest) -> str | None:
    key = request.headers.get(ONCE_HEADER)
    if key is None or _ONCE.fullmatch(key):
        return key
    message = _("Idempotency-Key 須為 16 到 64 個英數字或符號，不含空白。")
    raise OnceMalformed("doors.idempotency_key_malformed", message, ONCE_HEADER)


def _canonical(body: bytes) -> bytes:
    """The same JSON, however it was written."""
    try:
        return json.dumps(json.loads(body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        return body


def _as_json(answer: Status[Any]) -> tuple[int, Any]:
    value = answer.value
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return answer.status_code, json.loads(json.dumps(plain, cls=DjangoJSONEncoder))
