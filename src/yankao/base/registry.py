"""What every room and system declares, in one place, once.

``site/systems.py`` names the rooms and systems; each has a ``system.py`` with one ``SYSTEM``.
Kernel rooms iterate over offers and never import a department.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from yankao.base.actors import Actor
    from yankao.base.http import Request

Offer = TypeVar("Offer")


@dataclass(frozen=True, slots=True)
class Permission:
    """A named permission and the roles that hold it (role names of ``kernel.people.rules``)."""

    name: str
    title: Any
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """``yankao <name>``: ``configure`` adds arguments, ``run`` returns the exit status."""

    name: str
    help: str
    configure: "Callable[[ArgumentParser], None]"
    run: "Callable[[Namespace], int]"


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the staff rail, shown to holders of the permission; ``badge`` gives a counter.

    ``order`` also says the group: below 15 what waits for the reader, then taking in, handling
    (20), results (30), running the house (70).
    """

    title: Any
    url_name: str
    permission: str
    order: int = 50
    badge: "Callable[[Actor, Request], int | None] | None" = None
    icon: str = ""
    """A symbol of the sprite; without, the room's own."""
    shown: "Callable[[Actor], bool] | None" = None
    """Where a permission is held by more people than have such a page."""


_NAV_GROUPS = ((70, _("管理")), (30, _("成果")), (20, _("辦理")), (15, _("收件登錄")))


def nav_group(order: int) -> Any:
    """The title of the group an entry of that order stands in; "" for the first."""
    return next((title for least, title in _NAV_GROUPS if order >= least), "")


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """Offered: a form of records that ``yankao import <system> FILE --format <name>`` reads.

    ``run`` takes the file, shows progress and each refused row, and returns the exit status.
    ``takes_many``: it takes all files at once, and what ``--source`` says.
    """

    system: str
    name: str
    run: "Callable[..., int]"
    takes_many: bool = False


@dataclass(frozen=True, slots=True)
class DemoStep:
    """Offered: what ``yankao run`` prepares in demo mode, in order; must bear repetition.

    ``prepare`` returns lines to print.
    """

    order: int
    prepare: "Callable[[], list[str]]"


@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """Everything a room or system declares.

    ``standards`` are further modules of addresses: faces whose form a foreign standard fixes.
    """

    name: str
    title: Any
    department: str = ""
    permissions: tuple[Permission, ...] = ()
    workflow: Any = None
    offers: tuple[object, ...] = ()
    events: tuple[str, ...] = ()
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    jobs: tuple[str, ...] = ()
    urls: str | None = None
    api: str | None = None
    api_prefix: str = ""
    standards: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    nav: tuple[NavItem, ...] = ()


@cache
def systems() -> tuple[System, ...]:
    """All declared rooms and systems, in the order of ``settings.YANKAO_SYSTEMS``."""
    return tuple(import_module(f"{path}.system").SYSTEM for path in settings.YANKAO_SYSTEMS)


def offers(kind: type[Offer]) -> tuple[Offer, ...]:
    """Every offer of a kind (a dataclass or a runtime-checkable protocol), in declared order."""
    which: Any = kind
    return tuple(offer for system in systems() for offer in _offered(system, which))


@cache
def _offered(system: System, kind: Any) -> tuple[Any, ...]:
    """Found once: asking hundreds of offers for a protocol takes milliseconds."""
    return tuple(offer for offer in system.offers if isinstance(offer, kind))


def permissions() -> dict[str, Permission]:
    """All declared permissions by name."""
    return {p.name: p for system in systems() for p in system.permissions}
