"""Finding: only what the actor may see, by the index and again by the system the record is of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.kernel.people import queries as people
from yankao.kernel.search import index, rules
from yankao.kernel.search.documents import Document, SearchSource, sources
from yankao.kernel.search.index import Gates
from yankao.kernel.search.models import Waiting
from yankao.kernel.search.rules import Piece, Word

PER_PAGE = 20
LAST_PAGE = 50
MOST_SHOWN = LAST_PAGE * PER_PAGE
EXCERPT = 90


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found, as it is now; ``title``, ``place`` and ``excerpt`` in marked pieces."""

    subject: Subject
    kind_title: Any
    number: str
    title: tuple[Piece, ...]
    place: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
    agency: str | None
    agency_name: str
    at: datetime
    state: Any
    address: str


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found; ``total`` counts only what the actor may find."""

    words: tuple[Word, ...]
    total: int = 0
    hits: tuple[Hit, ...] = ()
    page: int = 1

    @property
    def reachable(self) -> int:
        """How many can be paged through; beyond that one narrows the search instead."""
        return min(self.total, MOST_SHOWN)


@dataclass(frozen=True, slots=True)
class Status:
    """How the index is: documents (None = no index), changes waiting, records of a build."""

    documents: int | None
    waiting: int
    building: int | None


def kinds_for(actor: Actor) -> dict[str, Any]:
    """Kind → title of what the actor may search in."""
    return {
        kind: source.search_title
        for kind, source in sources().items()
        if actor.holds(source.permission)
    }


def search(actor: Actor, text: str, *, kind: str = "", page: int = 1) -> Results:
    """One page of the records in which every word stands, newest first.

    A kind that is unknown or closed to the actor finds nothing; a page after the last is the last.
    Raises index.Unavailable.
    """
    words = rules.words_of(text)
    gates = _gates_of(actor, kind)
    if not words or not gates:
        return Results(words)
    page = max(1, min(page, LAST_PAGE))
    found = index.find(words, gates, offset=PER_PAGE * (page - 1), limit=PER_PAGE)
    if found.total and not found.subjects:
        page = -(-found.total // PER_PAGE)
        found = index.find(words, gates, offset=PER_PAGE * (page - 1), limit=PER_PAGE)
    hits = _hits(actor, found.subjects, words)
    return Results(words, found.total - (len(found.subjects) - len(hits)), hits, page)


def address_of_number(actor: Actor, text: str) -> str:
    """The page of the one record with exactly this number, or "". Raises index.Unavailable."""
    gates = _gates_of(actor, "")
    found = index.numbered(text, gates) if gates else ()
    if len(found) != 1:
        return ""
    [subject] = found
    source = sources().get(subject.kind)
    return source.addresses_for(actor, [subject.id]).get(subject.id, "") if source else ""


def waiting_count() -> int:
    """How many changed records the index does not know yet."""
    return Waiting.objects.count()


def status() -> Status:
    """How the index is."""
    try:
        documents = index.count()
    except index.Unavailable:
        documents = None
    return Status(documents, waiting_count(), index.progress())


def _gates_of(actor: Actor, kind: str) -> Gates:
    return {
        source.kind: actor.agencies_for(source.permission)
        for source in sources().values()
        if actor.holds(source.permission) and kind in {"", source.kind}
    }


def _hits(actor: Actor, subjects: Sequence[Subject], words: Sequence[Word]) -> tuple[Hit, ...]:
    shown: dict[Subject, Hit] = {}
    names = {agency.code: agency.name for agency in people.agencies()} if subjects else {}
    for kind, ids in by_kind(subjects).items():
        if source := sources().get(kind):
            for hit in _hits_of(source, actor, ids, words, names):
                shown[hit.subject] = hit
    return tuple(shown[subject] for subject in subjects if subject in shown)


def _hits_of(
    source: SearchSource,
    actor: Actor,
    ids: Sequence[int],
    words: Sequence[Word],
    names: Mapping[str, str],
) -> Iterable[Hit]:
    addresses = source.addresses_for(actor, ids)
    for document in source.documents(sorted(addresses)):
        yield _hit(source, document, addresses[document.id], words, names)


def _hit(
    source: SearchSource,
    document: Document,
    address: str,
    words: Sequence[Word],
    names: Mapping[str, str],
) -> Hit:
    return Hit(
        subject=Subject(source.kind, document.id),
        kind_title=source.search_title,
        number=document.number,
        title=rules.pieces(document.title, words),
        place=rules.pieces(document.place, words),
        excerpt=rules.pieces(document.body, words, longest=EXCERPT),
        agency=document.agency,
        agency_name=names.get(document.agency or "", ""),
        at=document.at,
        state=document.state,
        address=address,
    )


def by_kind(subjects: Iterable[Subject]) -> dict[str, list[int]]:
    """The subjects' ids by kind."""
    ids: dict[str, list[int]] = {}
    for subject in subjects:
        ids.setdefault(subject.kind, []).append(subject.id)
    return ids
