"""Every page of the house on the generated city, each with the number of its queries."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from tools.bench import home
from yankao.base import api, registry
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import common
from yankao.departments.service.dispatch.workflow import Move
from yankao.departments.service.petitions.models import Petition
from yankao.kernel.casework import lookups
from yankao.kernel.figures import queries as figures
from yankao.kernel.people.models import Person

MOST = 12
PLAYERS = ("commission", "supervisor", "head", "administrator", "agent")


@dataclass(frozen=True, slots=True)
class Page:
    """A page or answer, and the most queries it made for one of the players."""

    route: str
    address: str
    player: str
    queries: int
    statements: tuple[str, ...]


def walk() -> list[Page]:
    """All pages and operations that answer one of the players with 200 to a GET."""
    addresses = [*_pages(), *_open311(), *_operations()]
    found: dict[str, Page] = {}
    for player in (*PLAYERS, ""):
        browser = browser_of(player)
        for route, address in addresses:
            page = _looked_at(browser, route, address, player)
            if page and page.queries >= found.get(address, page).queries:
                found[address] = page
    return list(found.values())


def browser_of(player: str) -> Client:
    """A browser in this process, signed in as the player."""
    browser = Client(raise_request_exception=False, headers={"host": "localhost"})
    if player:
        name, _, key = home.cookie(player).partition("=")
        browser.cookies[name] = key
    return browser


def statements_of(browser: Client, address: str, *, is_warm: bool = False) -> list[str]:
    """The statements, with their values, that the page makes once everything is warm."""
    if not is_warm:
        browser.get(address)
    statements: list[str] = []
    with connection.execute_wrapper(noting(statements)):
        browser.get(address)
    return statements


def noting(statements: list[str]) -> Any:
    """For ``connection.execute_wrapper``: keeps the text of each statement."""

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        try:
            return execute(sql, parameters, many, context)
        finally:
            cursor = context["cursor"]
            statements.append(connection.ops.last_executed_query(cursor, sql, parameters))

    return note


def _looked_at(browser: Client, route: str, address: str, player: str) -> Page | None:
    first = browser.get(address)
    if first.status_code != 200 or first.streaming:
        return None
    statements = statements_of(browser, address, is_warm=True)
    return Page(route, address, player or "–", len(statements), tuple(statements))


def _pages() -> Iterator[tuple[str, str]]:
    """(route, an address of it) of every page; those whose parameters nobody knows are left out."""
    known = _examples()
    for prefix, pattern in _patterns(get_resolver()):
        route = prefix + str(pattern.pattern)
        if route.startswith(("bench/", "accounts/logout")) or route.endswith(
            (".csv", ".json", "format>")
        ):
            continue
        names, examples = pattern.pattern.converters, known | _petition(route)
        if set(names) <= examples.keys():
            address = f"/{route}"
            for name in names:
                address = _filled(address, name, examples[name])
            yield route, address
            yield from ((f"{route}?{more}", f"{address}?{more}") for more in MORE.get(route, ()))


MORE: Mapping[str, tuple[str, ...]] = {
    "dispatch/cases/": ("state=open", "q=中山", "order=due"),
    "search/": ("q=中山一路", "q=測試"),
    "figures/<str:name>/": ("by=agency", "by=district"),
    "work/": ("scope=agency",),
}


def _examples() -> dict[str, str]:
    case = Case.objects.filter(state="accepted").exclude(handling=None).latest("received_at")
    token = common.lookup_token(case.number)
    return {
        "number": case.number,
        "token": token,
        "move": Move.REASSIGN,
        "name": figures.figures()[0].name,
        "obligation_id": str(case.handling_id),
        "person_id": str(Person.objects.values_list("pk", flat=True)[0]),
        "key": str(uuid.uuid4()),
    }


@cache
def _a_petition() -> Mapping[str, str]:
    case = Petition.objects.filter(state="accepted").latest("received_at")
    return {"number": case.number, "token": lookups.token_of(case.number)}


def _petition(route: str) -> Mapping[str, str]:
    """What stands for a case in the addresses of petitions."""
    return _a_petition() if route.startswith(("petitions/", "petition/")) else {}


def _open311() -> Iterator[tuple[str, str]]:
    """Its addresses are regular expressions; nobody fills them by name."""
    number = _examples()["number"]
    for path in ("services", "requests", f"requests/{number}", "servicerequestupdates"):
        yield f"open311/v2/{path.replace(number, '…')}.json", f"/open311/v2/{path}.json"


def _filled(address: str, name: str, value: str) -> str:
    before, _, rest = address.partition(f":{name}>")
    return before[: before.rindex("<")] + value + rest


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix, entry
        elif entry.app_name != "ninja":
            yield from _patterns(entry, prefix + str(entry.pattern))


def _operations() -> Iterator[tuple[str, str]]:
    assert registry.systems(), "declared"
    number = _examples()["number"]
    for prefix, router in api.build()._routers:
        for path, view in router.path_operations.items():
            address = f"/api{prefix}{path}".replace("{number}", number)
            reads = isinstance(view, PathView) and any("GET" in o.methods for o in view.operations)
            if reads and "{" not in address:
                yield f"api{prefix}{path}", address
