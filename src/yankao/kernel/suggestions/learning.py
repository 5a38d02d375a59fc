"""Learning from examples: runs of letters, a linear machine, shares that come true (ADR 0034)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yankao.kernel.suggestions import rules
from yankao.kernel.suggestions.learned import Learned, softmax
from yankao.kernel.suggestions.texts import Example

_FEWEST_TEXTS = 3
"""A run of letters counts from three texts on. A case gives two (its title, and the whole), so
what only one case says, such as a name, is not kept."""
_HELD_OUT = 5
"""Every fifth example of a label measures; at the end all are learned."""
_SHARPNESS = np.geomspace(0.5, 30, 80)


class _NoWords(Exception):
    """No run of letters stands in enough texts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What learning gave; ``model`` is None when fewer than two labels have enough examples.

    ``rows`` learned by label, ``left_out`` not learned by label; shares of 1 of the held-out fifth
    that were right at first, and among the first three.
    """

    model: Learned | None
    rows: Mapping[str, int]
    left_out: Mapping[str, int]
    accuracy: float | None = None
    top_accuracy: float | None = None


def library() -> str:
    """The library that learns, with its version."""
    import sklearn  # noqa: PLC0415 – loads for seconds; only who learns needs it

    return f"scikit-learn {sklearn.__version__}"


def learn(examples: Sequence[Example]) -> Outcome:
    """Learn to tell the labels of examples; those of a label with too few are left out."""
    counts = Counter(example.label for example in examples)
    rows = {label: n for label, n in sorted(counts.items()) if n >= rules.FEWEST_ROWS}
    left_out = {label: n for label, n in sorted(counts.items()) if label not in rows}
    if len(rows) < 2:
        return Outcome(None, {}, dict(sorted(counts.items())))
    known = [example for example in examples if example.label in rows]
    kept, held = _parted(known)
    try:
        rehearsal = _fit(kept)
    except _NoWords:
        return Outcome(None, {}, dict(sorted(counts.items())))
    scores = [rehearsal.scores(rules.whole(e.title, e.text)) for e in held]
    sharpness = _sharpness(rehearsal, held, scores)
    ranks = [_rank(rehearsal, e, s) for e, s in zip(held, scores, strict=True)]
    return Outcome(
        model=_fit(known, sharpness),
        rows=rows,
        left_out=left_out,
        accuracy=float(np.mean([rank < 1 for rank in ranks])),
        top_accuracy=float(np.mean([rank < rules.TOP for rank in ranks])),
    )


def _parted(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Those to learn from first, and every fifth of each label."""
    seen: dict[str, int] = defaultdict(int)
    kept: list[Example] = []
    held: list[Example] = []
    for example in examples:
        seen[example.label] += 1
        (kept if seen[example.label] % _HELD_OUT else held).append(example)
    return kept, held


def _fit(examples: Sequence[Example], sharpness: float = 1.0) -> Learned:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    texts = [(rules.whole(e.title, e.text), e.label) for e in examples]
    texts += [(e.title, e.label) for e in examples if e.title and e.text]
    split = TfidfVectorizer(
        analyzer=rules.grams, sublinear_tf=True, min_df=_FEWEST_TEXTS, dtype=np.float32
    )
    try:
        table = split.fit_transform([text for text, _label in texts])
    except ValueError as error:
        raise _NoWords from error
    machine = LinearSVC(class_weight="balanced", random_state=0)
    machine.fit(table, [label for _text, label in texts])
    weights, bias = machine.coef_.T, machine.intercept_
    if weights.shape[1] == 1:  # of two labels only the second is scored
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return Learned(
        labels=tuple(map(str, machine.classes_)),
        places={run: int(place) for run, place in split.vocabulary_.items()},
        idf=split.idf_.astype(np.float32),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
        sharpness=sharpness,
    )


def _sharpness(model: Learned, held: Sequence[Example], scores: Sequence[Any]) -> float:
    """How sharp shares must be so that those of the held-out examples are the least surprised."""
    told = [(s, model.labels.index(e.label)) for e, s in zip(held, scores, strict=True)
            if s is not None]  # fmt: skip
    if not told:
        return 1.0
    table, right = np.stack([s for s, _i in told]), np.array([i for _s, i in told])
    lines = np.arange(len(right))
    surprises = [
        -np.log(softmax(table * sharpness)[lines, right] + 1e-9).mean() for sharpness in _SHARPNESS
    ]
    return float(_SHARPNESS[int(np.argmin(surprises))])


def _rank(model: Learned, example: Example, scores: Any) -> int:
    """How many labels were thought likelier than the right one; all when nothing was known."""
    if scores is None:
        return len(model.labels)
    return int((scores > scores[model.labels.index(example.label)]).sum())
