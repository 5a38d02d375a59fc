"""One push on its way: encrypted for one browser, signed by this house, to a known service only.

Network; called by jobs outside any transaction.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from py_vapid import Vapid02  # type: ignore[import-untyped]
from pywebpush import WebPusher, WebPushException  # type: ignore[import-untyped]

from yankao.departments.service.citizens import rules

SECONDS = 10
LIVES_SECONDS = {True: 6 * 3600, False: 24 * 3600}
"""How long a service keeps a push for a phone that is off; urgent ones are stale sooner."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256: private keys lie between 1 and this, exclusive."""


@dataclass(frozen=True, slots=True)
class Target:
    """A browser, as far as the wire needs it."""

    id: int
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a push. ``gone``: the browser takes none any more; ``again``: try later."""

    id: int
    ok: bool = False
    gone: bool = False
    again: bool = False
    after_seconds: int | None = None
    error: str = ""


def public_key() -> str:
    """What a browser must know to subscribe with this house."""
    key = _key(settings.SECRET_KEY).public_key()
    point = key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return urlsafe_b64encode(point).decode().rstrip("=")


def push(target: Target, words: Mapping[str, str], *, urgent: bool, at: datetime) -> Answer:
    """Send one message. Redirects are not followed; nothing of the answer's body is read."""
    if not rules.is_push_service(target.endpoint, settings.YANKAO_PUSH_HOSTS):
        return Answer(target.id, gone=True, error="not_allowed")
    try:
        body = _sealed(target, words)
    except (WebPushException, ValueError, TypeError) as error:
        return Answer(target.id, gone=True, error=type(error).__name__)
    address = urlsplit(target.endpoint)
    made = HTTPSConnection if address.scheme == "https" else HTTPConnection
    line = made(address.hostname or "", address.port, timeout=SECONDS)
    path = f"{address.path or '/'}{f'?{address.query}' if address.query else ''}"
    try:
        line.request("POST", path, body, _headers(target.endpoint, urgent=urgent, at=at))
        response = line.getresponse()
        return _read(target.id, response.status, response.headers.get("Retry-After", ""))
    except (OSError, HTTPException) as error:
        return Answer(target.id, again=True, error=type(error).__name__)
    finally:
        line.close()


def _read(id: int, status: int, retry_after: str) -> Answer:
    if 200 <= status < 300:
        return Answer(id, ok=True)
    after = int(retry_after) if retry_after.isascii() and retry_after.isdecimal() else None
    return Answer(
        id,
        gone=status in {404, 410},
        again=status == 429 or status >= 500,
        after_seconds=after,
        error=str(status),
    )


def _sealed(target: Target, words: Mapping[str, str]) -> bytes:
    keys = {"p256dh": target.p256dh, "auth": target.auth}
    pusher = WebPusher({"endpoint": target.endpoint, "keys": keys})
    text = json.dumps(words, ensure_ascii=False).encode()
    return bytes(pusher.encode(text, "aes128gcm")["body"])


def _headers(endpoint: str, *, urgent: bool, at: datetime) -> dict[str, str]:
    claims = {
        "aud": rules.origin_of(endpoint),
        "exp": int((at + timedelta(hours=12)).timestamp()),
        "sub": f"mailto:{settings.DEFAULT_FROM_EMAIL}",
    }
    signer = Vapid02(private_key=_key(settings.SECRET_KEY), conf={"no-strict": True})
    return {
        **signer.sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(LIVES_SECONDS[urgent]),
        "Urgency": "high" if urgent else "normal",
    }


@cache
def _key(secret: str) -> ec.EllipticCurvePrivateKey:
    """Out of ``secrets/secret_key`` for this alone (ADR 0027): kept and restored with it."""
    made = HKDF(SHA256(), 48, salt=None, info=b"service.citizens.vapid").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(made) % (_ORDER - 1) + 1, ec.SECP256R1())
