"""What the home page tells."""

from datetime import datetime

from yankao.base import registry
from yankao.base.ui_offers import FrontNews, News


def news(*, at: datetime) -> list[News]:
    """What is going on at ``at`` according to every system that offers news, in declared order."""
    offers = registry.offers(FrontNews)
    return [item for offer in offers for item in offer.front_news(at)]
