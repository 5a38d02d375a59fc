"""What a system offers to learn from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from yankao.base import registry

AGENCY = "agency"
"""The kind of suggestion whose labels are codes of agencies."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the label that turned out right; personal data is masked before learning."""

    title: str
    text: str
    label: str


@runtime_checkable
class TrainingTexts(Protocol):
    """Offered in ``System.offers``: one source of examples for one kind of suggestion."""

    suggestion_kind: str
    training_source: str

    def training_examples(self, most: int) -> Iterable[Example]:
        """At most so many, newest first; never of confidential or erased records."""
        ...


def sources(kind: str) -> tuple[TrainingTexts, ...]:
    """Who offers examples for that kind."""
    return tuple(s for s in registry.offers(TrainingTexts) if s.suggestion_kind == kind)
