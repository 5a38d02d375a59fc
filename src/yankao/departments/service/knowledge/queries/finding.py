"""Entries by words, and entries that are alike: one small index a process, made when it is asked.

It is made anew when an entry changed since; that is one question to the database.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from yankao.departments.service.knowledge.models import Entry
from yankao.departments.service.knowledge.rules import likeness
from yankao.departments.service.knowledge.rules.likeness import Likenesses
from yankao.departments.service.knowledge.workflow import State

LEAST_PCT = 6


@dataclass
class _Made:
    """What was made of which state of the tables."""

    stamp: tuple[datetime | None, int] = (None, 0)
    known: Likenesses = field(default_factory=Likenesses)


_made = _Made()
_making = threading.Lock()


def likenesses() -> Likenesses:
    """The published entries as they are now, to be compared with."""
    rows = Entry.objects.filter(state=State.PUBLISHED)
    found: Any = rows.aggregate(last=Max("changed_at"), n=Count("pk"))
    stamp = (found["last"], found["n"])
    with _making:
        if _made.stamp != stamp:
            texts = rows.order_by("pk").values_list("pk", "question", "answer")
            counted = ((pk, likeness.counts(asked, told)) for pk, asked, told in texts)
            _made.known, _made.stamp = Likenesses.of(counted), stamp
        return _made.known


def find_ids(text: str, *, limit: int) -> list[int]:
    """The entries that have most in common with the words, best first."""
    known = likenesses()
    vector = known.vector(likeness.counts(text[:200], ""))
    return [id_ for id_, _pct in known.near(vector, least_pct=LEAST_PCT, most=limit)]


def alike(
    question: str, answer: str, *, but: int | None, least_pct: int
) -> list[tuple[Entry, int]]:
    """Published entries that nearly say the same, with percent, most alike first."""
    known = likenesses()
    vector = known.vector(likeness.counts(question, answer))
    near = known.near(vector, least_pct=least_pct, but=but, most=5)
    rows = Entry.objects.select_related("agency").in_bulk([id_ for id_, _pct in near])
    return [(rows[id_], pct) for id_, pct in near if id_ in rows]
