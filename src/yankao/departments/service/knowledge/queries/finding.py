"""Entries by words, and entries that are alike: one small index a process, made when it is asked.

What changed since is read anew before the next answer; who asks notices only the first making.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet

from yankao.departments.service.knowledge.models import Entry
from yankao.departments.service.knowledge.rules import likeness
from yankao.departments.service.knowledge.rules.likeness import Likenesses
from yankao.departments.service.knowledge.workflow import State

LEAST_PCT = 6
MUCH = 0.1
"""Share of entries that changed from where on all is made anew."""


@dataclass
class _Made:
    """What was made of which state of the tables: when each entry had changed last."""

    stamp: tuple[datetime | None, int] = (None, 0)
    changed: dict[int, datetime] = field(default_factory=dict)
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
            _renew(dict(rows.values_list("pk", "changed_at")))
            _made.stamp = stamp
        return _made.known


def fresh_likenesses() -> Likenesses:
    """The same, made from nothing: also how much each pair of characters weighs."""
    return Likenesses.of(_counted(Entry.objects.filter(state=State.PUBLISHED)))


def _renew(changed: dict[int, datetime]) -> None:
    """Take in what changed; so much that pairs weigh otherwise, all of it."""
    new = [pk for pk, at in changed.items() if _made.changed.get(pk) != at]
    if len(new) > len(changed) * MUCH:
        _made.known = fresh_likenesses()
    else:
        for pk in _made.changed.keys() - changed.keys():
            _made.known.forget(pk)
        for pk, counts in _counted(Entry.objects.filter(pk__in=new)):
            _made.known.put(pk, counts)
    _made.changed = changed


def _counted(rows: QuerySet[Entry]) -> Iterator[tuple[int, Counter[str]]]:
    texts = rows.order_by("pk").values_list("pk", "question", "answer")
    return ((pk, likeness.counts(asked, told)) for pk, asked, told in texts)


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
