"""What systems may offer to the frame and the public home page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


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


@dataclass(frozen=True, slots=True)
class Found:
    """One thing the public search field found: where it leads and the beginning of what it says."""

    title: str
    url: str
    text: str = ""


@runtime_checkable
class FrontFinder(Protocol):
    """Offered in ``System.offers``: what the search field of the public home page finds."""

    finder_title: Any

    def front_found(self, words: str, at: datetime) -> list[Found]:
        """The best few that everybody may read, best first; empty when there are none."""
        ...

    def front_more(self, words: str) -> str:
        """The address of all that these words find."""
        ...
