"""What the frame around every page needs."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from yankao.base import registry, script_words
from yankao.base.actors import ANONYMOUS
from yankao.base.http import Request
from yankao.base.templatetags.ui import room


def shell(request: HttpRequest) -> dict[str, Any]:
    """City, actor, the reading of the clock and the rail's entries with their counters."""
    ours = cast(Request, request)
    actor = getattr(ours, "actor", ANONYMOUS)
    return {
        "city": _city(),
        "actor": actor,
        "now": getattr(ours, "now", None),
        "demo": settings.YANKAO_DEMO,
        "script_words": script_words.in_reader_language(),
        "rail": _Rail(ours) if not actor.is_anonymous else (),
    }


def _city() -> dict[str, Any]:
    """The city's facts, its name in the reader's language."""
    if (get_language() or "").startswith("zh"):
        return settings.CITY
    return {**settings.CITY, "name": settings.CITY["name_en"]}


class _Rail:
    """The staff rail in groups, asked for only by pages that draw it (a counter costs a query)."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __iter__(self) -> Iterator[dict[str, Any]]:
        entries = [self._entry(item) for item in self._items()]
        here = [e["address"] for e in entries if self.request.path.startswith(e["address"])]
        for entry in entries:
            entry["is_here"] = entry["address"] == max(here, key=len, default="")
        for group, members in groupby(entries, key=lambda entry: entry["group"]):
            yield {"title": group, "entries": list(members)}

    def _items(self) -> list[registry.NavItem]:
        actor = self.request.actor
        items = (item for system in registry.systems() for item in system.nav)
        mine = [
            item
            for item in items
            if actor.holds(item.permission) and (item.shown is None or item.shown(actor))
        ]
        return sorted(mine, key=lambda item: item.order)

    def _entry(self, item: registry.NavItem) -> dict[str, Any]:
        badge = item.badge(self.request.actor, self.request) if item.badge else None
        return {
            "title": item.title,
            "url_name": item.url_name,
            "address": reverse(item.url_name),
            "icon": item.icon or room(item.url_name),
            "group": registry.nav_group(item.order),
            "badge": badge,
            "counts": item.badge is not None,
        }
