"""Two shelves of books instead of a department's records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.cast import NOW
from yankao.base.actors import Actor
from yankao.base.registry import Permission, System
from yankao.kernel.search.documents import Document

READ = "toy.books.read"
READ_MAPS = "toy.maps.read"


@dataclass
class Shelf:
    """A source that keeps its records in memory."""

    kind: str
    search_title: str
    permission: str
    books: dict[int, Document] = field(default_factory=dict)

    def put(self, id: int, **told: Any) -> Document:
        """A book of ROADS, an hour younger than the one before, unless told otherwise."""
        plain = {"number": f"T{id:08}", "title": "書", "body": "", "place": "", "agency": "ROADS"}
        at = NOW + timedelta(hours=id)
        self.books[id] = Document(**{"id": id, "at": at, "state": "在架", **plain, **told})
        return self.books[id]

    def documents(self, ids: Sequence[int]) -> Iterator[Document]:
        return (self.books[id] for id in reversed(ids) if id in self.books)

    def all_ids(self) -> Iterator[int]:
        return iter(sorted(self.books))

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        agencies = actor.agencies_for(self.permission)
        return {
            id: f"/toy/{self.books[id].number}/"
            for id in ids
            if id in self.books and (agencies is None or self.books[id].agency in agencies)
        }


BOOKS = Shelf("toy.books", "書", READ)
MAPS = Shelf("toy.maps", "玩具地圖", READ_MAPS)

TOY = System(
    name="toy.books",
    title="書庫",
    permissions=(
        Permission(READ, "看書", roles=("OFFICER", "SUPERVISOR", "HEAD", "AUDITOR", "COMMISSION")),
        Permission(READ_MAPS, "看地圖", roles=("AUDITOR",)),
    ),
    offers=(BOOKS, MAPS),
)
