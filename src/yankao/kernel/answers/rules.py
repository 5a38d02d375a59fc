"""Questions as they are kept and compared. Pure."""

from datetime import timedelta

from yankao.kernel.forms.masking import masked
from yankao.kernel.search.rules import units

LONGEST_QUESTION = 200
"""Characters of a question that are read; the rest changes nothing."""
GAP_KEPT = timedelta(days=180)
"""How long after it was last asked a question without an answer is kept; 示範值."""


def kept(question: str) -> str:
    """A question as it may be kept: one line, without what tells who asked."""
    readable = "".join(char if char.isprintable() else " " for char in question)
    return masked(" ".join(readable.split()))[:LONGEST_QUESTION]


def fold(question: str) -> str:
    """What two spellings of the same question have in common: letters and digits, in one width."""
    return "".join(unit.text for unit in units(question))[:LONGEST_QUESTION]
