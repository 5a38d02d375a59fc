"""Which providers carry which channel: the city pack's ``[notices.providers.<name>]``.

Secrets are in the environment: ``YANKAO_PROVIDER_<NAME>_SECRET`` and, for receipts that a provider
posts to us, ``YANKAO_PROVIDER_<NAME>_RECEIPTS``. A channel without providers, and every channel in
demo mode, uses the ways that rooms offer: the outbox of files, Django's mail backend.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from yankao.base import registry
from yankao.kernel.notices.channels import EmailPost, Way
from yankao.kernel.notices.gateways import HttpGateway, SmppGateway
from yankao.kernel.notices.rules import Failure

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_OWN = {"kind", "share", "receipts", "plain"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class PostedReceipts:
    """How a provider's own call tells what became of a letter: names of fields, and values.

    Values that are neither are passed by: the letter is still on its way.
    """

    secret: str
    reference: str
    status: str
    delivered: tuple[str, ...]
    failures: Mapping[str, Failure]


@dataclass(frozen=True, slots=True)
class Provider:
    """A way in use: ``share`` is its weight among those of its channel when all are well."""

    way: Way
    share: int = 100
    posted: PostedReceipts | None = None

    @property
    def name(self) -> str:
        return self.way.name


def providers() -> tuple[Provider, ...]:
    """All that are in use, in the pack's order. Raises ImproperlyConfigured."""
    wanted = {} if settings.YANKAO_DEMO else settings.CITY.get("notices", {}).get("providers", {})
    configured = _configured(_Key(wanted))
    taken = {provider.way.carries for provider in configured}
    offered = (Provider(way) for way in registry.offers(Way) if way.carries not in taken)
    return (*configured, *offered)


def provider_named(name: str) -> Provider | None:
    """The one of that name, if it is in use."""
    return next((provider for provider in providers() if provider.name == name), None)


class _Key:
    """A table of the pack as a cache's key: gateways, which keep lines open, are made once."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table

    def __hash__(self) -> int:
        return hash(repr(self.table))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.table == other.table


@cache
def _configured(key: _Key) -> tuple[Provider, ...]:
    return tuple(_provider(name, table) for name, table in key.table.items())


def _provider(name: str, table: Mapping[str, Any]) -> Provider:
    if not _NAME.fullmatch(name):
        raise ImproperlyConfigured(f"[notices.providers.{name}]: a name is lower case, digits, -.")
    try:
        way = _KINDS[table["kind"]](name, table)
        posted = _posted(name, table["receipts"]) if "receipts" in table else None
        return Provider(way, int(table.get("share", 100)), posted)
    except (KeyError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"[notices.providers.{name}]: {error!r}") from error


def _secret(name: str, what: str) -> str:
    return os.environ.get(f"YANKAO_PROVIDER_{name.upper().replace('-', '_')}_{what}", "")


def _http(name: str, table: Mapping[str, Any]) -> Way:
    address = urlsplit(table["url"])
    is_safe = address.scheme == "https" or address.hostname in _LOOPBACK or table.get("plain")
    if address.scheme not in {"http", "https"} or not is_safe:
        raise ValueError("url must begin with https:// (or say plain = true)")
    lists = {"success_values", "permanent_values"}
    fields: dict[str, Any] = {
        key: tuple(map(str, value)) if key in lists else value
        for key, value in table.items()
        if key not in _OWN
    }
    return HttpGateway(name=name, secret=_secret(name, "SECRET"), **fields)


def _smpp(name: str, table: Mapping[str, Any]) -> Way:
    fields = {key: value for key, value in table.items() if key not in _OWN}
    return SmppGateway(name=name, secret=_secret(name, "SECRET"), **fields)


def _smtp(name: str, table: Mapping[str, Any]) -> Way:
    server = {
        "host": table["host"],
        "port": int(table.get("port", 587)),
        "username": table.get("user", ""),
        "password": _secret(name, "SECRET"),
        "use_tls": bool(table.get("tls", True)),
    }
    return EmailPost(name, server)


_KINDS: dict[str, Callable[[str, Mapping[str, Any]], Way]] = {
    "http": _http,
    "smpp": _smpp,
    "smtp": _smtp,
}


def _posted(name: str, table: Mapping[str, Any]) -> PostedReceipts:
    failures = {value: kind for kind in Failure for value in map(str, table.get(kind.value, ()))}
    return PostedReceipts(
        secret=_secret(name, "RECEIPTS"),
        reference=table["reference"],
        status=table["status"],
        delivered=tuple(map(str, table["delivered"])),
        failures=failures,
    )
