"""What actions are called. A room offers an `ActionTitle` for each code it records."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from yankao.base import registry


@dataclass(frozen=True, slots=True)
class ActionTitle:
    """The words for one action code ("service.dispatch.closed" → 結案)."""

    action: str
    title: Any


def action_title(action: str) -> str:
    """The words for an action, or its code when no room offers any."""
    return str(_titles().get(action, action))


@lru_cache(maxsize=1)
def _titles() -> Mapping[str, Any]:
    return {offer.action: offer.title for offer in registry.offers(ActionTitle)}
