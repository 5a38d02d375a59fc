"""What systems may offer to the frame and the public home page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class News:
    """One thing that is going on now, in a sentence a citizen understands."""

    title: str
    text: str = ""
    url: str = ""


@runtime_checkable
class FrontNews(Protocol):
    """Offered in ``System.offers``: what is going on at ``at``, most important first."""

    def front_news(self, at: datetime) -> list[News]:
        """Empty when there is nothing to tell."""
