"""What the frame around every page needs."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from yankao.base import registry, script_words
from yankao.base.actors import ANONYMOUS
from yankao.base.http import Request


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
    """The staff rail, asked for only by pages that draw it (its counters cost a query each)."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __iter__(self) -> Any:
        actor = self.request.actor
        items = sorted(
            (item for system in registry.systems() for item in system.nav), key=lambda i: i.order
        )
        for item in items:
            if actor.holds(item.permission):
                badge = item.badge(actor, self.request) if item.badge else None
                yield {
                    "title": item.title,
                    "url_name": item.url_name,
                    "badge": badge,
                    "counts": item.badge is not None,
                }
