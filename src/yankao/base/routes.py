"""Deny by default: every route says who may come in, and a test walks all routes."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed-in"
ATTRIBUTE = "yankao_permission"


def requires(permission: str) -> Callable[[View], View]:
    """Only holders of the permission (anywhere) enter; the view checks the record itself."""

    def mark(view: View) -> View:
        setattr(view, ATTRIBUTE, permission)
        return view

    return mark


def public(view: View) -> View:
    """Anybody may enter."""
    return requires(PUBLIC)(view)


def signed_in(view: View) -> View:
    """Any signed-in person may enter."""
    return requires(SIGNED_IN)(view)


def permission_of(view: Callable[..., Any]) -> str | None:
    """The permission a view names, or None when it names none (and is therefore closed)."""
    return getattr(view, ATTRIBUTE, None)
