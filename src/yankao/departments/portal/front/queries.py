"""What the home page tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yankao.base import registry
from yankao.base.ui_offers import Found, FrontFinder, FrontNews, News


def news(*, at: datetime) -> list[News]:
    """What is going on at ``at`` according to every system that offers news, in declared order."""
    offers = registry.offers(FrontNews)
    return [item for offer in offers for item in offer.front_news(at)]


@dataclass(frozen=True, slots=True)
class FoundThere:
    """What one system found, and where all of it is."""

    title: Any
    items: list[Found]
    more_url: str


def found(words: str, *, at: datetime) -> list[FoundThere]:
    """What every system that is searched found; those that found nothing are left out."""
    finders = registry.offers(FrontFinder)
    found = [(one, one.front_found(words, at)) for one in finders]
    return [
        FoundThere(one.finder_title, items, one.front_more(words)) for one, items in found if items
    ]
