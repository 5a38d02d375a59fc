"""Passwords we make ourselves: random, and readable aloud."""

import secrets

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which look alike."""


def readable_password() -> str:
    """Four groups of four, like ``k7mp-x2qd-9hfa-w3tn``: about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
