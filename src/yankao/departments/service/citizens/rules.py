"""Addresses, codes and how long a sign-in lasts; no database, no clock."""

import secrets
from datetime import datetime, timedelta

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
"""Wrong answers to one code; then another one has to be asked for."""

IDLE = timedelta(minutes=30)
"""On a device of others: signed out after so long without a click."""
DAY = timedelta(hours=12)
"""On a device of others nobody stays signed in longer."""
OWN_DEVICE = timedelta(days=30)
SLIDE = timedelta(minutes=1)
"""How exact the idle clock is: one write a minute at most."""


def same_address(email: str) -> str | None:
    """The address as accounts know it: small ASCII letters. None for what cannot be one.

    Letters of other alphabets are refused, for some become ASCII when they are folded: gmaıl.com
    must not open what belongs to gmail.com. Domains in other scripts are typed as xn--….
    """
    email = email.strip()
    return email.lower() if email.isascii() and "@" in email else None


def new_code() -> str:
    """Eight digits: easy on a phone's keys, and offered by it from the mail."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def typed_code(text: str) -> str:
    """What was typed without what people put between digits; full-width digits count too."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def spaced(code: str) -> str:
    """1234 5678, as people read it."""
    return f"{code[:4]} {code[4:]}"


def is_over(*, until_at: datetime, seen_at: datetime, own_device: bool, at: datetime) -> bool:
    """Whether a sign-in has ended by its term, or by rest on a device of others."""
    return at >= until_at or (not own_device and at - seen_at >= IDLE)
