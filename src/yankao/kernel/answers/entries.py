"""What a system offers to be answered from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from yankao.base import registry


@dataclass(frozen=True, slots=True)
class Entry:
    """A published question with its answer, as plain text that anybody may read.

    ``key`` names it within its source and never changes; ``agency`` is the code of who answers for
    it, ``address`` the path (or, outside the house, the https address) of its public page.
    ``reference`` is the number by which the place it was taken from names it ("397110000G/8");
    the city's questions for evaluation name entries by it.
    """

    key: str
    question: str
    answer: str
    agency: str
    revised_on: date
    address: str
    categories: tuple[str, ...] = ()
    reference: str = ""


@runtime_checkable
class AnswerSource(Protocol):
    """Offered in ``System.offers``: entries that answers are found in.

    Both calls give only what is published and valid at ``at``. The index is built from the first
    and may be a day old; what is shown comes from the second, at the moment somebody asks.
    """

    answer_source: str

    def answer_entries(self, at: datetime) -> Iterator[Entry]:
        """Every entry, in any order, not all in memory at once."""
        ...

    def answers_by_key(self, keys: Sequence[str], at: datetime) -> Iterable[Entry]:
        """Of these keys the ones that may be shown now, in any order; one or two queries."""
        ...


def sources() -> dict[str, AnswerSource]:
    """All offered sources by name."""
    return {source.answer_source: source for source in registry.offers(AnswerSource)}
