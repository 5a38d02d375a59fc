"""What systems may offer to the frame, the public home page and the answer bot."""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

from django.urls import reverse


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


CARRY = "said"
"""In the address of a form: it takes what was asked a moment ago (``casework.drafts``)."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a citizen begins something: what the button says, and its address."""

    title: str
    url: str


@runtime_checkable
class CitizenServices(Protocol):
    """Offered in ``System.offers``: what can be begun by somebody who says these words."""

    def citizen_starts(self, words: str, at: datetime) -> list[Start]:
        """Likeliest first; empty when the words are about nothing of ours."""


@dataclass(frozen=True, slots=True)
class StartPage:
    """Offered: a page where something begins, for whoever says words of the pattern ``said``."""

    said: str
    title: Any
    url_name: str

    def citizen_starts(self, words: str, at: datetime) -> list[Start]:
        """The page, or nothing."""
        is_said = re.search(self.said, words, re.IGNORECASE)
        return [Start(str(self.title), reverse(self.url_name))] if is_said else []


def share_said(name: str, words: str) -> float:
    """How much of a name is in the words: pairs of neighbouring characters, 0–1."""
    pairs = set(pairwise(name))
    return len(pairs & set(pairwise(words))) / len(pairs) if pairs else 0.0
