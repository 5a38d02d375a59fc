"""What was learned: arrays and words, no objects, so that reading a file never runs code."""

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from yankao.kernel.suggestions import rules

VERSION = 1
"""Counted up with every change of ``rules.grams`` or of what a file holds."""

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Learned:
    """A linear model over runs of letters: place of each run, its weight, scores a label."""

    labels: tuple[str, ...]
    places: Mapping[str, int]
    idf: Floats
    weights: Floats
    """Runs × labels."""
    bias: Floats
    sharpness: float
    """How many times a score counts, so that shares come true as often as they say."""

    def shares(self, text: str) -> list[tuple[str, float]]:
        """Labels with their share of 1, likeliest first; empty when no run is known."""
        scores = self.scores(text)
        if scores is None:
            return []
        shares = softmax(scores * self.sharpness)
        return [(self.labels[i], float(shares[i])) for i in np.argsort(-shares, kind="stable")]

    def scores(self, text: str) -> Floats | None:
        """A score a label, or None when no run is known."""
        counts: Counter[int] = Counter()
        for gram in rules.grams(text):
            place = self.places.get(gram)
            if place is not None:
                counts[place] += 1
        if not counts:
            return None
        found = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        heavy = (1 + np.log(often)) * self.idf[found]
        heavy /= np.linalg.norm(heavy)
        scores: Floats = heavy @ self.weights[found] + self.bias
        return scores

    def to_bytes(self) -> bytes:
        """As a file of plain arrays (.npz)."""
        target = io.BytesIO()
        runs = sorted(self.places, key=self.places.__getitem__)
        np.savez_compressed(
            target,
            version=np.array([VERSION]),
            labels=np.array(self.labels),
            runs=np.array(runs),
            idf=self.idf,
            weights=self.weights.astype(np.float16),
            bias=self.bias,
            sharpness=np.array([self.sharpness], dtype=np.float64),
        )
        return target.getvalue()


def from_bytes(content: bytes) -> Learned:
    """The model of a file written by ``to_bytes``. Raises ValueError, KeyError, OSError."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        if int(arrays["version"][0]) != VERSION:
            raise ValueError("written by another version")
        return Learned(
            labels=tuple(map(str, arrays["labels"])),
            places={str(run): place for place, run in enumerate(arrays["runs"])},
            idf=arrays["idf"].astype(np.float32),
            weights=arrays["weights"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            sharpness=float(arrays["sharpness"][0]),
        )


def softmax(scores: Floats) -> Floats:
    """Shares of 1 along the last axis."""
    lifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = lifted / lifted.sum(axis=-1, keepdims=True)
    return shares
