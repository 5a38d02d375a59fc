"""Events: announced in the transaction, delivered after commit, at least once, to subscribers."""

from typing import Any

from yankao.base import jobs, registry


def announce(event: str, **payload: Any) -> None:
    """Enqueue one job for each subscriber of the event; a subscriber must bear repetition.

    Raises LookupError when no system declares the event.
    """
    systems = registry.systems()
    if not any(event in system.events for system in systems):
        raise LookupError(f"no system declares the event {event!r}")
    for system in systems:
        if event in system.subscriptions:
            jobs.defer(system.subscriptions[event], **payload)
