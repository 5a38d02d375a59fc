"""How well questions in citizens' words are answered, on sets that the city keeps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yankao.kernel.answers import queries, rules
from yankao.kernel.answers.entries import sources
from yankao.kernel.answers.words import Probe, probes


@dataclass(slots=True)
class Score:
    """Counts of one set; see `models.Evaluation`."""

    entries: int
    asked: int = 0
    foreign: int = 0
    answered: int = 0
    answered_foreign: int = 0
    right: int = 0
    first: int = 0
    five: int = 0

    def add(self, wanted: frozenset[str], found: Sequence[str], *, is_sure: bool) -> None:
        """Count one question: what would be right, what was found, whether it was answered."""
        is_first = bool(found) and found[0] in wanted
        self.asked += bool(wanted)
        self.foreign += not wanted
        self.answered += is_sure and bool(wanted)
        self.answered_foreign += is_sure and not wanted
        self.right += is_sure and is_first
        self.first += is_first
        self.five += not wanted.isdisjoint(found[: rules.SHOWN])


def of_city(at: datetime) -> dict[str, Score]:
    """The score of each of the city's sets; only questions whose entries there are count."""
    references: dict[str, str] = {}
    for source in sources().values():
        for entry in source.answer_entries(at):
            if entry.reference:
                references[entry.reference] = rules.fold(entry.question)
    return scored(probes(), references, at)


def scored(
    questions: Iterable[Probe], references: Mapping[str, str], at: datetime
) -> dict[str, Score]:
    """The scores; ``references`` gives an entry's folded question. Entries that ask the same are
    the same answer."""
    scores: dict[str, Score] = defaultdict(lambda: Score(len(references)))
    for probe in questions if references else ():
        wanted = frozenset(references[r] for r in probe.references if r in references)
        if probe.references and not wanted:
            continue
        found = queries.ask(probe.question, at=at)
        folded = [rules.fold(hit.entry.question) for hit in found.hits]
        scores[probe.part].add(wanted, folded, is_sure=found.answer is not None)
    return dict(scores)
