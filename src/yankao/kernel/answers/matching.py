"""The index: for each run of letters the entries it stands in, as plain arrays (ADR 0040).

BM25 over two fields, the question and the answer; a question's own words count more, and of two
entries that know as many words the one whose question has fewer others.
"""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from yankao.kernel.answers import rules

VERSION = 2
"""Counted up with every change of how text is split, or of what a file holds."""

_QUESTION, _ANSWER = 8.0, 1.0
_QUESTION_LENGTH, _ANSWER_LENGTH = 0.75, 1.0
_SATURATION = 0.9
_COVERED = 1.0
_SHORT = 3.0
_UNKNOWN = 6.5
_LONGEST_ANSWER = 4_000
_PARTS = ("begins", "places", "weights")

Array = np.ndarray[Any, np.dtype[Any]]


class Text(NamedTuple):
    """What of an entry is matched: where it is shown, its question, its answer with other words."""

    source: str
    key: str
    question: str
    answer: str


class Ranked(NamedTuple):
    """An entry with its score and the weight of what was asked."""

    source: str
    key: str
    score: float
    asked_for: float


@dataclass(frozen=True, slots=True)
class Postings:
    """Row by row (compressed): places of entries and weights."""

    begins: Array
    places: Array
    weights: Array

    def add(self, row: int, times: float, total: Array) -> None:
        """Add one row to the total."""
        part = slice(self.begins[row], self.begins[row + 1])
        total[self.places[part]] += times * self.weights[part]


@dataclass(frozen=True)
class Index:
    """Everything needed to rank entries for a question; immutable."""

    sources: tuple[str, ...]
    keys: tuple[str, ...]
    runs: Mapping[str, int]
    idf: Array
    texts: Postings
    titles: Postings
    title_weights: Array
    words: tuple[tuple[str, str], ...]

    def rank(self, question: str, most: int = 12) -> list[Ranked]:
        """The entries likeliest to answer, best first; empty when no word is known."""
        wanted, asked_for = self._wanted(rules.readable(question))
        if not wanted:
            return []
        total = np.zeros(len(self.keys), dtype=np.float32)
        covered = np.zeros(len(self.keys), dtype=np.float32)
        for row, times in wanted.items():
            self.texts.add(row, times, total)
            self.titles.add(row, 1.0, covered)
        total *= 1 + _COVERED * covered / self.title_weights
        best = np.argpartition(-total, min(most, len(total) - 1))[:most]
        ordered = best[np.lexsort((best, -total[best]))]
        return [
            Ranked(self.sources[i], self.keys[i], float(total[i]), asked_for)
            for i in ordered
            if total[i] > 0
        ]

    def _wanted(self, question: str) -> tuple[dict[int, float], float]:
        """Rows of the question's runs with how much each counts, and the weight of all."""
        wanted: dict[int, float] = {}
        unknown = 0
        for run in set(rules.grams(rules.asked(question))):
            row = self.runs.get(run)
            if row is None:
                unknown += 1
            else:
                wanted[row] = 1.0
        for meaning in rules.meanings(question, self.words):
            for run in rules.grams(meaning):
                row = self.runs.get(run)
                if row is not None:
                    wanted.setdefault(row, rules.WORD_WEIGHT)
        known = sum(times * float(self.idf[row]) for row, times in wanted.items())
        return wanted, known + _UNKNOWN * unknown

    def to_bytes(self) -> bytes:
        """As a file of plain arrays (.npz)."""
        arrays: dict[str, Any] = {
            "version": np.array([VERSION]),
            "sources": np.array(self.sources, dtype=str),
            "keys": np.array(self.keys, dtype=str),
            "runs": np.array(sorted(self.runs, key=self.runs.__getitem__), dtype=str),
            "idf": self.idf,
            "title_weights": self.title_weights,
            "words": np.array(self.words, dtype=str).reshape(-1, 2),
            **_named("texts", self.texts),
            **_named("titles", self.titles),
        }
        target = io.BytesIO()
        np.savez_compressed(target, **arrays)
        return target.getvalue()

    @cached_property
    def bytes_in_memory(self) -> int:
        """Of the arrays; the words themselves come on top."""
        parts = [
            getattr(postings, part) for postings in (self.texts, self.titles) for part in _PARTS
        ]
        return sum(array.nbytes for array in (self.idf, self.title_weights, *parts))


def from_bytes(content: bytes) -> Index:
    """The index of a file written by ``to_bytes``. Raises ValueError, KeyError, OSError."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        if int(arrays["version"][0]) != VERSION:
            raise ValueError("written by another version")
        return Index(
            sources=tuple(arrays["sources"].tolist()),
            keys=tuple(arrays["keys"].tolist()),
            runs={run: row for row, run in enumerate(arrays["runs"].tolist())},
            idf=arrays["idf"],
            texts=_postings("texts", arrays),
            titles=_postings("titles", arrays),
            title_weights=arrays["title_weights"],
            words=tuple((said, meaning) for said, meaning in arrays["words"].tolist()),
        )


class _Table(NamedTuple):
    """Which run stands in which entry, and how much; every pair once."""

    runs: Array
    entries: Array
    counts: Array


class _Counts:
    """Counts runs entry by entry, numbering new ones."""

    def __init__(self, runs: dict[str, int]) -> None:
        self._runs = runs
        self._found: list[Array] = []
        self._often: list[Array] = []

    def add(self, text: str) -> None:
        counts = Counter(rules.grams(text))
        rows = [self._runs.setdefault(run, len(self._runs)) for run in counts]
        self._found.append(np.array(rows, dtype=np.int32))
        self._often.append(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))

    def table(self) -> _Table:
        sizes = [len(rows) for rows in self._found]
        return _Table(
            np.concatenate([np.empty(0, np.int32), *self._found]),
            np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
            np.concatenate([np.empty(0, np.float32), *self._often]),
        )


def build(texts: Iterable[Text], words: Sequence[tuple[str, str]]) -> Index:
    """The index of these entries, read one after the other."""
    runs: dict[str, int] = {}
    titles, answers, cores = _Counts(runs), _Counts(runs), _Counts(runs)
    shown: list[tuple[str, str]] = []
    for text in texts:
        shown.append((text.source, text.key))
        title = rules.titled(text.question)
        titles.add(title)
        cores.add(rules.asked(title))
        answers.add(text.answer[:_LONGEST_ANSWER])
    of_titles, of_answers, of_cores = titles.table(), answers.table(), cores.table()
    both = _summed(
        _by_length(of_titles, _QUESTION, _QUESTION_LENGTH, len(shown)),
        _by_length(of_answers, _ANSWER, _ANSWER_LENGTH, len(shown)),
    )
    frequency = np.bincount(both.runs, minlength=len(runs))
    idf = np.log(1 + (len(shown) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    worth = both.counts * (_SATURATION + 1) / (both.counts + _SATURATION) * idf[both.runs]
    told = np.bincount(of_cores.entries, idf[of_cores.runs], len(shown))
    return Index(
        sources=tuple(source for source, _key in shown),
        keys=tuple(key for _source, key in shown),
        runs=runs,
        idf=idf,
        texts=_by_run(both._replace(counts=worth), len(runs)),
        titles=_by_run(of_cores._replace(counts=idf[of_cores.runs]), len(runs)),
        title_weights=(told + _SHORT).astype(np.float32),
        words=tuple(words),
    )


def _by_length(table: _Table, times: float, how_far: float, entries: int) -> _Table:
    """Counts times the field's weight; in a field longer than usual each counts less."""
    lengths = np.bincount(table.entries, table.counts, entries)
    usual = max(float(lengths.mean()), 1e-9) if entries else 1.0
    divided = 1 - how_far + how_far * lengths / usual
    return table._replace(counts=times * table.counts / divided[table.entries])


def _summed(one: _Table, other: _Table) -> _Table:
    """Both fields as one; a pair that is in both has the sum."""
    wide = np.int64(max(int(one.entries.max(initial=0)), int(other.entries.max(initial=0))) + 1)
    pairs = np.concatenate([t.runs.astype(np.int64) * wide + t.entries for t in (one, other)])
    found, at = np.unique(pairs, return_inverse=True)
    counts = np.bincount(at, np.concatenate([one.counts, other.counts]), len(found))
    return _Table((found // wide).astype(np.int32), (found % wide).astype(np.int32), counts)


def _by_run(table: _Table, runs: int) -> Postings:
    order = np.argsort(table.runs, kind="stable")
    sizes = np.bincount(table.runs, minlength=runs)
    return Postings(
        begins=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        places=table.entries[order].astype(np.int32),
        weights=table.counts[order].astype(np.float32),
    )


def _named(name: str, postings: Postings) -> dict[str, Array]:
    return {f"{name}_{part}": getattr(postings, part) for part in _PARTS}


def _postings(name: str, arrays: Mapping[str, Array]) -> Postings:
    return Postings(*(arrays[f"{name}_{part}"] for part in _PARTS))
