"""What the city brings along: citizens' words for official ones, and questions for evaluation."""

from dataclasses import dataclass

from django.conf import settings

from yankao.base.packs import read_table


@dataclass(frozen=True, slots=True)
class Probe:
    """A question in citizens' words and the references of entries that answer it; none = nobody."""

    part: str
    question: str
    references: frozenset[str]


def citizens_words() -> list[tuple[str, str]]:
    """Pairs of what people say and what entries call it, the common ones first."""
    rows = read_table(settings.YANKAO_CITY, "answers_words.csv")
    return [(row["words"], row["meaning"]) for row in rows if row["words"]]


def probes() -> list[Probe]:
    """The city's own questions, those for development and those held out."""
    return [
        Probe(row["set"], row["question"], frozenset(filter(None, row["reference"].split(";"))))
        for row in read_table(settings.YANKAO_CITY, "answers_questions.csv")
    ]
