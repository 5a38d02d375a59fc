"""The index on disk: one writer at a time in the whole house, any number of readers (ADR 0013).

``search/current`` names the folder of a complete index of this version. Without it there is none to
read, and whoever keeps it fresh builds a new one beside and then changes the name.
"""

import contextlib
import fcntl
import os
import shutil
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tantivy
from django.conf import settings
from tantivy import Occur, Query

from yankao.base.subjects import Subject
from yankao.kernel.search import rules
from yankao.kernel.search.documents import Document
from yankao.kernel.search.rules import Word

VERSION = 1
"""Counted up with every change of the schema or of how text is split."""

_WRITER_BYTES = 60_000_000
_EVERYWHERE = "*"

Gates = Mapping[str, frozenset[str] | None]
"""Kind → codes of the agencies whose records may be found; None = of every agency."""


class Unavailable(Exception):
    """There is no index to read; one is being built, or will be within a minute."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many there are, and those of the slice asked for, newest first."""

    total: int
    subjects: tuple[Subject, ...]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("gate", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("exact", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("number", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("units", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("pairs", tokenizer_name="whitespace", index_option="position")
    builder.add_integer_field("at", fast=True)
    return builder.build()


SCHEMA = _schema()


def folder() -> Path:
    """Where indexes of this installation lie."""
    return Path(settings.YANKAO_HOME) / "search"


def current() -> Path | None:
    """The complete index in use, or None when there is none of this version."""
    try:
        name = (folder() / "current").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    path = folder() / name
    return path if name.startswith(f"v{VERSION}-") and (path / "meta.json").exists() else None


# --- reading ------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """The index this process has open, and the state of it that was read last."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    state: tuple[str, int, int] | None = None
    path: str = ""
    index: Any = None
    searcher: Any = None


_reader = _Reader()


def searcher() -> Any:
    """The index as of its last commit. Raises Unavailable."""
    path = current()
    if path is None:
        raise Unavailable
    try:
        meta = (path / "meta.json").stat()
        state = (str(path), meta.st_ino, meta.st_mtime_ns)
        with _reader.lock:
            if _reader.state != state:
                _read_anew(str(path))
                _reader.state = state
            return _reader.searcher
    except (OSError, ValueError) as error:  # gone or broken meanwhile; tantivy says ValueError
        raise Unavailable from error


def _read_anew(path: str) -> None:
    if _reader.path != path:
        _reader.index = tantivy.Index.open(path)
        _reader.index.config_reader("manual")
        _reader.path = path
    _reader.index.reload()
    _reader.searcher = _reader.index.searcher()


def find(words: Sequence[Word], gates: Gates, *, offset: int, limit: int) -> Found:
    """Documents behind open gates in which all the words stand. Raises Unavailable."""
    return _found(_all_of([*map(_word_query, words), _gate_query(gates)]), offset, limit)


def numbered(number: str, gates: Gates) -> tuple[Subject, ...]:
    """The documents behind open gates of exactly that number, at most two. Raises Unavailable."""
    key = rules.number_key(number)
    exact = Query.term_query(SCHEMA, "exact", key) if key else Query.empty_query()
    return _found(_all_of([exact, _gate_query(gates)]), 0, 2).subjects


def count() -> int:
    """How many documents there are. Raises Unavailable."""
    return int(searcher().num_docs)


def _found(query: Query, offset: int, limit: int) -> Found:
    reading = searcher()
    result = reading.search(query, limit=limit, offset=offset, order_by_field="at")
    keys = [reading.doc(address).get_first("key") for _, address in result.hits]
    return Found(result.count, tuple(_subject(key) for key in keys))


def _subject(key: str) -> Subject:
    kind, _, id_ = key.rpartition(":")
    return Subject(kind, int(id_))


def _word_query(word: Word) -> Query:
    wanted = []
    if word.pairs:
        wanted.append(_phrase("pairs", word.pairs))
    if not word.covered or not word.pairs:
        wanted.append(_phrase("units", word.units))
    text = _all_of(wanted)
    if not word.number:
        return text
    number = Query.term_query(SCHEMA, "number", word.number)
    return Query.boolean_query([(Occur.Should, text), (Occur.Should, number)])


def _phrase(name: str, tokens: Sequence[tuple[int, str]]) -> Query:
    if len(tokens) == 1:
        return Query.term_query(SCHEMA, name, tokens[0][1])
    return Query.phrase_query(SCHEMA, name, list(tokens))


def _gate_query(gates: Gates) -> Query:
    terms = [
        gate
        for kind, agencies in gates.items()
        for gate in ([_gate(kind, _EVERYWHERE)] if agencies is None else _gates(kind, agencies))
    ]
    return Query.term_set_query(SCHEMA, "gate", terms)


def _gates(kind: str, agencies: Iterable[str]) -> list[str]:
    return [_gate(kind, agency) for agency in sorted(agencies) if agency != _EVERYWHERE]


def _gate(kind: str, agency: str) -> str:
    return f"{kind}|{agency}"


def _all_of(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])


# --- writing ------------------------------------------------------------------------------------


@contextlib.contextmanager
def alone() -> Iterator[bool]:
    """Whether this process may write now: True for one at a time, False while another does."""
    folder().mkdir(mode=0o750, parents=True, exist_ok=True)
    with (folder() / "writer.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


class Writer:
    """Writes into one index; call it only ``alone``. Nothing is seen before ``commit``."""

    def __init__(self, path: Path) -> None:
        self._writer = tantivy.Index.open(str(path)).writer(_WRITER_BYTES, 1)

    def put(self, kind: str, documents: Iterable[Document]) -> None:
        """Add documents, each in place of what was there of it."""
        for document in documents:
            self.remove(Subject(kind, document.id))
            self._writer.add_document(_indexed(kind, document))

    def add(self, kind: str, documents: Iterable[Document]) -> None:
        """Add documents that are not there yet."""
        for document in documents:
            self._writer.add_document(_indexed(kind, document))

    def remove(self, subject: Subject) -> None:
        self._writer.delete_documents_by_term("key", str(subject))

    def commit(self) -> None:
        """On disk, and seen by whoever reads from now on."""
        self._writer.commit()

    def close(self) -> None:
        """Let merges finish; without it small pieces would pile up."""
        self._writer.wait_merging_threads()


def _indexed(kind: str, document: Document) -> tantivy.Document:
    units, pairs = rules.lines_of([document.number, document.title, document.place, document.body])
    made = tantivy.Document()
    made.add_text("key", f"{kind}:{document.id}")
    made.add_text("gate", _gate(kind, _EVERYWHERE))
    if document.agency is not None:
        made.add_text("gate", _gate(kind, document.agency))
    made.add_text("exact", rules.number_key(document.number))
    made.add_text("number", " ".join(rules.number_prefixes(document.number)))
    made.add_text("units", units)
    made.add_text("pairs", pairs)
    made.add_integer("at", int(document.at.timestamp()))
    return made


def is_readable() -> bool:
    """Whether there is a complete index of this version that can be opened."""
    path = current()
    if path is None:
        return False
    try:
        tantivy.Index.open(str(path)).searcher()
    except (OSError, ValueError):
        return False
    return True


def begin() -> Path:
    """An empty index beside the one in use; call it ``alone``. Leftovers of killed builds go."""
    _drop_all_but(current())
    path = folder() / f"v{VERSION}-{uuid.uuid4().hex[:12]}"
    path.mkdir(mode=0o750)
    tantivy.Index(SCHEMA, path=str(path))
    return path


def use(path: Path) -> None:
    """From now on this index is the one; the one before goes."""
    new = folder() / "current.new"
    new.write_text(path.name, encoding="ascii")
    for part in (new, folder()):
        handle = os.open(part, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    new.replace(folder() / "current")
    _drop_all_but(path)


def note_progress(done: int | None) -> None:
    """How many records are in the index being built; None = the build is over."""
    note = folder() / "building"
    if done is None:
        note.unlink(missing_ok=True)
    else:
        note.write_text(str(done), encoding="ascii")


def progress() -> int | None:
    """What ``note_progress`` said last, also of a build that was killed."""
    try:
        return int((folder() / "building").read_text(encoding="ascii") or 0)
    except FileNotFoundError:
        return None


def _drop_all_but(kept: Path | None) -> None:
    for path in folder().glob("v*-*"):
        if path != kept:
            shutil.rmtree(path, ignore_errors=True)
