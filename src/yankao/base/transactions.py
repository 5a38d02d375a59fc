"""Transactions begin at the faces."""

from contextlib import AbstractContextManager

from django.db import transaction


def durable() -> AbstractContextManager[None]:
    """One outermost transaction: when the block ends without error, its work is on disk."""
    return transaction.atomic(durable=True)
