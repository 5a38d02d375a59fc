"""Where the one search box leads."""

import re
import unicodedata
from enum import StrEnum

LONGEST = 80
"""Characters of what is searched for."""
_CASE_NUMBER = re.compile(r"[A-Z]{1,3}-?\d{6,}")


class Destination(StrEnum):
    """What a citizen's words are about."""

    CASE = "case"
    ITEM = "item"


def tidy(text: str) -> str:
    """What was meant: full-width letters and digits made half-width, outer spaces gone."""
    return unicodedata.normalize("NFKC", text).strip()


def destination_of(text: str) -> Destination:
    """A case number (letters and at least six digits) or words about something to report."""
    number = tidy(text).upper().replace(" ", "")
    return Destination.CASE if _CASE_NUMBER.fullmatch(number) else Destination.ITEM
