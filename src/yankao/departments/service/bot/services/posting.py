"""One JSON request to an address of the city's choice."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

LARGEST_ANSWER = 64 * 1024
_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})


class Unreachable(Exception):
    """Nobody answered, or not in time."""


def post_json(url: str, content: Any, *, secret: str, seconds: float) -> tuple[int, bytes]:
    """Status and beginning of the answer; ``secret`` goes along as a bearer.

    ``seconds`` is for the whole answer, however slowly it drips. Only https, but to this machine.
    Raises Unreachable.
    """
    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in _OURSELVES:
        raise Unreachable("not https")
    made = HTTPSConnection if address.scheme == "https" else HTTPConnection
    line = made(address.hostname or "", address.port, timeout=seconds)
    sent = {"Content-Type": "application/json"}
    if secret:
        sent["Authorization"] = f"Bearer {secret}"
    try:
        body = json.dumps(content, ensure_ascii=False).encode()
        line.connect()
        with _until(line.sock, seconds):
            line.request("POST", address.path or "/", body, sent)
            answer = line.getresponse()
            return answer.status, answer.read(LARGEST_ANSWER)
    except (OSError, HTTPException) as error:
        raise Unreachable(type(error).__name__) from error
    finally:
        line.close()


@contextmanager
def _until(line: socket.socket, seconds: float) -> Iterator[None]:
    """The line is cut when the time is up: a timeout of its own counts each piece anew."""
    cut: list[bool] = []

    def cut_off() -> None:
        cut.append(True)
        with suppress(OSError):  # over already
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = Timer(seconds, cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if cut:
        raise TimeoutError
