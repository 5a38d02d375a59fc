"""How alike texts are: the cosine between their pairs of neighbouring characters, rare ones first.

No dictionary and no model: two questions that are nearly the same share most of their pairs, and
pairs that stand everywhere (請問, 如何) weigh little.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from yankao.kernel.search.rules import units

ANSWER_READ = 600
"""Characters of an answer that are compared; what follows tells no two entries apart."""
QUESTION_WEIGHT = 3
ALIKE_PCT = 60
"""From here on two entries are shown to curators (measured, see the README)."""
ALIKE_WRITING_PCT = 35
"""From here on an entry is shown to whoever writes another: the text is still short then."""
ALIKE_TYPING_PCT = 20
"""The same while only the question stands there: of the real ones 95 % find themselves at 40."""
RELATED_PCT = 25
"""From here on an entry is worth a link under another."""

Vector = Mapping[str, float]


def grams(text: str) -> list[str]:
    """Pairs of neighbouring characters, and words of other letters, folded as search folds them."""
    found = units(text)
    singles = [one.text for one in found if not one.is_cjk]
    pairs = [
        one.text + after.text
        for one, after in pairwise(found)
        if one.is_cjk and after.is_cjk and after.place == one.place + 1
    ]
    return singles + pairs


def counts(question: str, answer: str) -> Counter[str]:
    """How often each pair stands in an entry; what is asked weighs more than what is answered."""
    found: Counter[str] = Counter(grams(answer[:ANSWER_READ]))
    for gram in grams(question):
        found[gram] += QUESTION_WEIGHT
    return found


@dataclass
class Likenesses:
    """Texts to compare others with; built once, asked often."""

    vectors: dict[int, Vector] = field(default_factory=dict)
    holders: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    unseen: float = 1.0

    @classmethod
    def of(cls, texts: Iterable[tuple[int, Counter[str]]]) -> "Likenesses":
        """From (id, counts) of every text."""
        counted = list(texts)
        spread: Counter[str] = Counter()
        for _id, found in counted:
            spread.update(found.keys())
        total = len(counted) + 1
        made = cls(
            weights={gram: math.log(total / n) + 0.1 for gram, n in spread.items()},
            unseen=math.log(total) + 0.1,
        )
        holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for id_, found in counted:
            made.vectors[id_] = made.vector(found)
            for gram, weight in made.vectors[id_].items():
                holders[gram].append((id_, weight))
        made.holders = dict(holders)
        return made

    def vector(self, found: Counter[str]) -> Vector:
        """The counts weighed, of length one."""
        raw = {
            gram: (1 + math.log(n)) * self.weights.get(gram, self.unseen)
            for gram, n in found.items()
        }
        length = math.sqrt(sum(weight * weight for weight in raw.values())) or 1.0
        return {gram: weight / length for gram, weight in raw.items()}

    def put(self, id_: int, found: Counter[str]) -> None:
        """A text that is new or changed; how much pairs weigh stays as it was."""
        self.forget(id_)
        self.vectors[id_] = self.vector(found)
        for gram, weight in self.vectors[id_].items():
            self.holders[gram] = [*self.holders.get(gram, ()), (id_, weight)]

    def forget(self, id_: int) -> None:
        """A text that is not compared with any more."""
        for gram in self.vectors.pop(id_, {}):
            self.holders[gram] = [pair for pair in self.holders[gram] if pair[0] != id_]

    def near(
        self, vector: Vector, *, least_pct: int, but: int | None = None, most: int = 10
    ) -> list[tuple[int, int]]:
        """(id, percent) of the texts most like it, most alike first."""
        scores: dict[int, float] = defaultdict(float)
        for gram, weight in vector.items():
            for id_, other in self.holders.get(gram, ()):
                scores[id_] += weight * other
        scores.pop(but, None)  # type: ignore[arg-type]  # None is nobody
        found = [(id_, round(100 * score)) for id_, score in scores.items()]
        alike = [pair for pair in found if pair[1] >= least_pct]
        return sorted(alike, key=lambda pair: (-pair[1], pair[0]))[:most]

    def pairs(self, *, least_pct: int) -> list[tuple[int, int, int]]:
        """(lower id, other id, percent) of every pair that alike."""
        return [
            (id_, other, score)
            for id_, vector in sorted(self.vectors.items())
            for other, score in self.near(vector, least_pct=least_pct, but=id_, most=50)
            if id_ < other
        ]


def in_order(ids: Sequence[int]) -> tuple[int, int]:
    """A pair, the lower first."""
    low, high = sorted(ids)
    return low, high
