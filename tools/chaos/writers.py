"""Citizens who do not give up: each report is sent again under its key until it is acknowledged."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE_SECONDS = 10


@dataclass
class Ledger:
    """What writers were told; the house is measured by it."""

    numbers: dict[str, set[str]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    acknowledged_at: list[float] = field(default_factory=list)

    def acknowledge(self, key: str, number: str) -> None:
        self.numbers.setdefault(key, set()).add(number)
        self.acknowledged_at.append(time.monotonic())

    @property
    def longest_silence(self) -> float:
        """Seconds between two acknowledgements of anybody."""
        pairs = zip(self.acknowledged_at, self.acknowledged_at[1:], strict=False)
        return max((later - earlier for earlier, later in pairs), default=0.0)


class Writer(threading.Thread):
    """Reports one after another until told to stop, and then sees the last one through."""

    def __init__(self, port: int, ledger: Ledger, seed: int) -> None:
        super().__init__(daemon=True)
        self.port, self.ledger = port, ledger
        self.chance = random.Random(seed)  # noqa: S311 – to be drawn again
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            self.report()
            time.sleep(self.chance.uniform(0, 0.1))

    def report(self, *, tries: int | None = None) -> bool:
        """One report to its acknowledgement, or for so many tries."""
        key = uuid.uuid4().hex
        body = self._body(key)
        while tries is None or tries > 0:
            status, text = self._post(body)
            self.ledger.answers[str(status)] += 1
            if status == 201:
                self.ledger.acknowledge(key, json.loads(text)["number"])
                return True
            if 400 <= status < 500 and status != 429:
                self.ledger.refusals.append(f"{status} {text[:200]}")
                return False
            tries = None if tries is None else tries - 1
            time.sleep(0.2)
        return False

    def _body(self, key: str) -> bytes:
        serial = self.chance.randrange(10**8)
        report = {
            "item": "pothole-1",
            "lat": 22.6203,
            "lng": 120.3120,
            "description": key,
            "phone": f"09{serial:08d}",
            "email": f"{key}@example.tw",
            "intake_key": key,
        }
        return json.dumps(report).encode()

    def _post(self, body: bytes) -> tuple[int, str]:
        """Status and text; 0 when there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(
                "POST", "/api/dispatch/reports", body, {"Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()


@contextmanager
def writing(port: int, ledger: Ledger, seed: int) -> Iterator[None]:
    """Two writers at work; at the end each sees its last report through."""
    writers = [Writer(port, ledger, seed + number) for number in range(2)]
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        for writer in writers:
            writer.stopping.set()
        for writer in writers:
            writer.join(90)
