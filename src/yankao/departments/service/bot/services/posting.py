"""One JSON request to an address of the city's choice."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

LARGEST_ANSWER = 64 * 1024


class Unreachable(Exception):
    """Nobody answered, or not in time."""


def post_json(url: str, content: Any, *, secret: str, seconds: float) -> tuple[int, bytes]:
    """Status and beginning of the answer; ``secret`` goes along as a bearer. Raises Unreachable."""
    address = urlsplit(url)
    made = HTTPSConnection if address.scheme == "https" else HTTPConnection
    line = made(address.hostname or "", address.port, timeout=seconds)
    sent = {"Content-Type": "application/json"}
    if secret:
        sent["Authorization"] = f"Bearer {secret}"
    try:
        body = json.dumps(content, ensure_ascii=False).encode()
        line.request("POST", address.path or "/", body, sent)
        answer = line.getresponse()
        return answer.status, answer.read(LARGEST_ANSWER)
    except (OSError, HTTPException) as error:
        raise Unreachable(type(error).__name__) from error
    finally:
        line.close()
