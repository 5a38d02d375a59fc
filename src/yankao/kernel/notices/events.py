"""What the room announces."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from yankao.base.events import announce

GIVEN_UP = "kernel.notices.given_up"
"""A letter will not arrive. Carries ``notice``, ``once`` (as its sender named it), ``failure`` and
``at`` (ISO). Only of letters to addresses outside that were named by their sender."""


def tell_given_up(letters: Iterable[tuple[UUID, str | None]], failure: str, at: datetime) -> None:
    """Announce it of each (uuid, name its sender gave it)."""
    for uuid, once in letters:
        if once:
            announce(GIVEN_UP, notice=str(uuid), once=once, failure=failure, at=at.isoformat())
