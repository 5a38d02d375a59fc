"""A workflow is a table: state → moves, each with its permission and the article it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from yankao.base.errors import Refused


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed move. ``basis`` is the article or ADR that allows it."""

    move: StrEnum
    source: StrEnum
    target: StrEnum
    permission: str
    basis: str


class MoveImpossible(Refused):
    """The record's state does not allow the move (any more)."""


@dataclass(frozen=True)
class Workflow:
    """All edges of one kind of record."""

    name: str
    edges: tuple[Edge, ...]

    def edge(self, move: StrEnum, source: StrEnum) -> Edge | None:
        """The edge for a move from a state, or None when there is none."""
        return next((e for e in self.edges if e.move == move and e.source == source), None)

    def moves(self) -> tuple[StrEnum, ...]:
        """Every move once, in the table's order."""
        return tuple(dict.fromkeys(edge.move for edge in self.edges))

    def permission_of(self, move: StrEnum) -> str:
        """The permission a move needs, whatever state it starts from."""
        return next(edge.permission for edge in self.edges if edge.move == move)

    def sources_of(self, move: StrEnum) -> frozenset[StrEnum]:
        """The states a move may start from."""
        return frozenset(edge.source for edge in self.edges if edge.move == move)


def mermaid(workflow: Workflow) -> Iterable[str]:
    """The lines of the workflow's state diagram, for its README."""
    yield "stateDiagram-v2"
    for edge in workflow.edges:
        yield f"    {edge.source} --> {edge.target}: {edge.move}"
