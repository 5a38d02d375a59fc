"""What kinds of obligations are called. A system offers an `ObligationKind` for each it opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yankao.base import registry


@dataclass(frozen=True, slots=True)
class ObligationKind:
    """The words for one kind ("service.dispatch.handle" → 派工處理)."""

    kind: str
    title: Any


def kind_title(kind: str) -> str:
    """The words for a kind, or its code when no system offers any."""
    return str(_titles().get(kind, kind))


@lru_cache(maxsize=1)
def _titles() -> Mapping[str, Any]:
    return {offer.kind: offer.title for offer in registry.offers(ObligationKind)}


def kinds() -> Mapping[str, Any]:
    """Every kind that systems open, with its words, in declared order."""
    return _titles()
