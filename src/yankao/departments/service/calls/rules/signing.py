"""Signed deliveries as the Standard Webhooks specification 1.0 says (standardwebhooks.com).

``webhook-signature`` holds one or several ``v1,<base64>`` over ``id.timestamp.body``; several while
a secret is being changed.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

TOLERANCE_SECONDS = 300
PREFIX = "whsec_"
LEAST_KEY_BYTES = 24
"""As the specification asks for."""


def is_secret(secret: str) -> bool:
    """Whether the key is too long to be guessed."""
    return len(_key(secret)) >= LEAST_KEY_BYTES


def sign(secret: str, *, id: str, timestamp: int, body: bytes) -> str:
    """The signature of one delivery."""
    signed = f"{id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def is_signed(
    secrets: Iterable[str], *, id: str, timestamp: str, signatures: str, body: bytes, now: float
) -> bool:
    """Whether one of the secrets signed the delivery within the last (or next) five minutes."""
    if not id or not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    given = [one.encode() for one in signatures.split()[:10]]
    own = [sign(secret, id=id, timestamp=int(timestamp), body=body).encode() for secret in secrets]
    return any(hmac.compare_digest(ours, theirs) for ours in own for theirs in given)


def _key(secret: str) -> bytes:
    """``whsec_`` and base64, or the secret's own bytes."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode()
