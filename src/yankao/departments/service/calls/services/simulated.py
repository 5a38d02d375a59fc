"""Telling the webhook what a simulated exchange tells, signed like a real one."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from yankao.base.errors import Refused
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.rules import signing
from yankao.departments.service.calls.rules.day import Planned

PATH = "/api/calls/events"
AT_ONCE = 200
SECONDS = 20


class NobodyListens(Refused):
    """The webhook cannot be reached or takes nothing."""


def events_between(
    calls: Iterable[Planned], since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    """The plan's events with ``since`` ≤ at < ``until``, as the exchange writes them."""
    for call in calls:
        for event in call.events:
            if since <= event.at < until:
                yield {
                    "id": event.id,
                    "call": call.id,
                    "type": str(event.happened),
                    "at": event.at.isoformat(),
                    "agent": event.agent,
                    "queue": event.queue,
                    "caller": call.caller if event.happened == "ringing" else "",
                    "satisfaction": event.level,
                }


def signed(events: list[dict[str, Any]], *, at: datetime) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a delivery. Raises NobodyListens without a secret."""
    secrets = queries.exchange_secrets()
    if not secrets:
        message = "沒有 YANKAO_EXCHANGE_SECRET，模擬的交換機無法簽章。"
        raise NobodyListens("calls.simulation_unsigned", message)
    body = json.dumps({"events": events}).encode()
    stamp, id = int(at.timestamp()), f"sim-{at.timestamp():.6f}"
    return body, {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signing.sign(secrets[0], id=id, timestamp=stamp, body=body),
    }


def deliver(origin: str, events: Iterable[dict[str, Any]], *, at: datetime) -> int:
    """Post them to the webhook of that address, many at once; how many. Raises NobodyListens."""
    remaining, told = iter(events), 0
    while batch := list(islice(remaining, AT_ONCE)):
        body, headers = signed(batch, at=at)
        request = Request(origin.rstrip("/") + PATH, body, headers)  # noqa: S310 – ours, http(s)
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                answer.read()
        except (URLError, TimeoutError) as error:
            message = f"{origin} 沒有收下事件：{error}"
            raise NobodyListens("calls.simulation_refused", message) from error
        told += len(batch)
    return told
