"""What a system offers to the index."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from yankao.base import registry
from yankao.base.actors import Actor


@dataclass(frozen=True, slots=True)
class Document:
    """A record as it is found and shown. Nothing about private persons belongs here.

    ``title``, ``body`` and ``place`` are searched, ``number`` also by its beginning; ``agency`` is
    the code of the one that holds it now (None: only those who read everywhere find it), ``state``
    is in words.
    """

    id: int
    number: str
    title: str
    body: str
    place: str
    agency: str | None
    at: datetime
    state: Any = ""


@runtime_checkable
class SearchSource(Protocol):
    """Offered in ``System.offers``: one kind of subject that can be searched.

    Who holds ``permission`` at a document's agency may find it.
    """

    kind: str
    search_title: Any
    permission: str

    def documents(self, ids: Sequence[int]) -> Iterable[Document]:
        """The documents of these records, in any order; what is gone is left out."""
        ...

    def all_ids(self) -> Iterator[int]:
        """Every record's id, ascending, not all in memory at once."""
        ...

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        """id → path, only of the records the actor may see now."""
        ...


def sources() -> dict[str, SearchSource]:
    """All offered kinds."""
    return {source.kind: source for source in registry.offers(SearchSource)}
