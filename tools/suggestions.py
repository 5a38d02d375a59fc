"""How often suggestions of agencies are right, on the city's real questions and answers.

    YANKAO_SHARED=../shared .venv/bin/python -m tools.suggestions --eval

Five parts, each measured by what was learned from the other four: on the question alone, which is
how short a citizen writes, and on the question with its answer. An agency with too few entries is
not learned; its entries count as wrong. Nothing of the entries is kept.
"""

import argparse
import json
import os
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yankao.kernel.suggestions import learning, rules
from yankao.kernel.suggestions.learned import Learned
from yankao.kernel.suggestions.texts import Example

FILE = "data/faq/kaohsiung_faq.jsonl"
PARTS = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares of 1: right at first, among the first three; how far confidence is from the truth."""

    entries: int
    first: float
    top: float
    confidence_error: float
    confusions: Counter[tuple[str, str]]


def read_entries(path: Path) -> list[Example]:
    """The entries as examples: question, answer, name of the agency."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Example(row["question"], row["answer"], row["agency"]) for row in rows]


def evaluate(entries: Sequence[Example]) -> tuple[Measured, Measured]:
    """On the question alone, and on question and answer; five-fold, stratified by agency."""
    from sklearn.model_selection import StratifiedKFold

    labels = [entry.label for entry in entries]
    alone: list[tuple[Example, list[tuple[str, float]]]] = []
    whole: list[tuple[Example, list[tuple[str, float]]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of agencies with fewer than five entries
        parts = list(StratifiedKFold(PARTS, shuffle=True, random_state=0).split(labels, labels))
    for others, part in parts:
        model = learning.learn([entries[i] for i in others]).model
        assert model is not None
        alone += [(entries[i], shares(model, entries[i].title)) for i in part]
        whole += [
            (entries[i], shares(model, rules.whole(entries[i].title, entries[i].text)))
            for i in part
        ]
    return measured(alone), measured(whole)


def shares(model: Learned, text: str) -> list[tuple[str, float]]:
    """What is suggested for the text; something unlike any agency when nothing is."""
    return model.shares(text)[: rules.TOP] or [("", 0.0)]


def measured(answers: Sequence[tuple[Example, list[tuple[str, float]]]]) -> Measured:
    """How right the suggestions were."""
    right = np.array([found[0][0] == entry.label for entry, found in answers])
    top = [entry.label in [label for label, _share in found] for entry, found in answers]
    sure = np.array([found[0][1] for _entry, found in answers])
    tenths = np.minimum((sure * 10).astype(int), 9)
    error = sum(
        abs(right[tenths == tenth].mean() - sure[tenths == tenth].mean()) * (tenths == tenth).mean()
        for tenth in set(tenths.tolist())
    )
    confusions = Counter(
        (entry.label, found[0][0]) for entry, found in answers if entry.label != found[0][0]
    )
    return Measured(
        len(answers), float(right.mean()), float(np.mean(top)), float(error), confusions
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", action="store_true", required=True)
    parser.add_argument("--file", type=Path)
    chosen = parser.parse_args(arguments)
    path = chosen.file or Path(os.environ.get("YANKAO_SHARED", "../shared")) / FILE
    if not path.is_file():
        print(f"no such file: {path}", file=sys.stderr)
        return 2
    alone, whole = evaluate(read_entries(path))
    print(f"{'':20}{'accuracy':>10}{'top three':>11}{'confidence off by':>19}")
    for name, found in (("question alone", alone), ("question and answer", whole)):
        print(f"{name:20}{found.first:10.4f}{found.top:11.4f}{found.confidence_error:19.4f}")
    print(f"\n{alone.entries} entries. Most frequent confusions, on the question alone:")
    for (label, found_label), count in alone.confusions.most_common(12):
        print(f"{count:4}  {label} → {found_label}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
