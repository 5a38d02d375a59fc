"""What became of a case, for whoever holds its number with the check code, or a signed link.

One look-up page serves every kind of case: a system offers a ``Lookup`` for its own.
"""

from typing import Protocol, runtime_checkable

from django.conf import settings
from django.core import signing

from yankao.base import registry
from yankao.kernel.casework import rules

SALT = "service.dispatch.lookup"
"""Of the first system that had such links; those given out stay good."""
SECONDS = 180 * 24 * 3600


@runtime_checkable
class Lookup(Protocol):
    """Offered by a system whose cases the public can look up."""

    def status_address(self, number: str, token: str) -> str | None:
        """Path of the case's public page under the signed token; None = no case of ours."""


def code_of(number: str) -> str:
    """The check code printed beside a number."""
    return rules.check_code(secret=settings.SECRET_KEY, number=number)


def token_of(number: str) -> str:
    """A signed, dated token for the public status page; it names the case and nothing else."""
    return signing.dumps(number, salt=SALT)


def number_of(token: str) -> str | None:
    """The number behind a signed token; None when forged or older than 180 days."""
    try:
        return str(signing.loads(token, salt=SALT, max_age=SECONDS))
    except signing.BadSignature:
        return None


def address_by_code(number: str, code: str) -> str | None:
    """The public page of the case, of whatever kind; None when code and number do not belong."""
    number = number.strip().upper()
    if not rules.same_code(code, code_of(number)):
        return None
    token = token_of(number)
    found = (offer.status_address(number, token) for offer in registry.offers(Lookup))
    return next(filter(None, found), None)
