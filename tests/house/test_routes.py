"""Every route names a permission that exists, or says that it is public."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from yankao.base import api, registry, routes
from yankao.base.api import Holds

SPECIAL = {routes.PUBLIC, routes.SIGNED_IN}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver) and entry.app_name == "ninja":
            continue  # the operations are walked below
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback
        else:
            yield from patterns(entry, prefix + str(entry.pattern))


def pages() -> list[tuple[str, Any]]:
    return list(patterns(get_resolver()))


def operations() -> list[tuple[str, Any]]:
    found = []
    for prefix, router in api.build()._routers:
        for path, view in router.path_operations.items():
            assert isinstance(view, PathView)
            found += [(f"{prefix}{path}", operation) for operation in view.operations]
    return found


def address_only(value: Any) -> str:
    """The same name in every process."""
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("address", "view"), pages(), ids=address_only)
def test_page_names_its_permission(address: str, view: Any) -> None:
    permission = routes.permission_of(view)
    assert permission in SPECIAL | registry.permissions().keys(), address


@pytest.mark.parametrize(("address", "operation"), operations(), ids=address_only)
def test_operation_names_its_permission(address: str, operation: Any) -> None:
    holders = [auth for auth in operation.auth_callbacks if isinstance(auth, Holds)]
    if holders:
        assert all(h.permission in SPECIAL | registry.permissions().keys() for h in holders)
    else:
        assert routes.permission_of(operation.view_func) == routes.PUBLIC, address


def test_there_are_routes() -> None:
    assert len(pages()) > 30
    assert len(operations()) > 10


def test_every_permission_is_held_by_a_role_that_exists() -> None:
    from yankao.kernel.people.rules import Role

    for permission in registry.permissions().values():
        assert permission.roles, permission.name
        assert set(permission.roles) <= set(Role), permission.name


def test_no_address_belongs_to_two_pages() -> None:
    """Of two pages at one address the second is never seen (as happened to /search/)."""
    addresses = [address for address, _view in pages()]
    assert sorted({a for a in addresses if addresses.count(a) > 1}) == []


def test_every_route_is_known_to_the_walls() -> None:
    """Else nobody has said what its answers may show (tests/test_walls.py)."""
    from tests.walls.routes import HELP, ROUTES, found

    unknown = sorted(found() - ROUTES.keys())
    assert not unknown, HELP.format(routes="\n".join(f'    "{key}": …,' for key in unknown))
    gone = sorted(ROUTES.keys() - found())
    assert not gone, f"tests/walls/routes.py names routes that are no more: {gone}"
