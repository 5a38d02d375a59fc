"""First promises: what lapsed in the instant the next of its kind began for the same subject.

The matter went to another agency (改分), whose obligation has a full term of its own. What was
promised to the citizen is still the first one: it stays lapsed, but is counted with the pauses and
extensions of those that followed it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from yankao.kernel.obligations.models import Obligation, ObligationPause
from yankao.kernel.obligations.rules import State

_SAME = ("kind", "subject_kind", "subject_id")


@dataclass(frozen=True, slots=True)
class Befell:
    """What moves an obligation's due time: all pauses, and the extensions of its successors."""

    pauses: Sequence[ObligationPause]
    extended_by: int


def went_on() -> Q:
    """Of lapsed obligations, the ones that others followed."""
    same = {name: OuterRef(name) for name in _SAME}
    followers = Obligation.objects.filter(opened_at=OuterRef("ended_at"), pk__gt=OuterRef("pk"))
    return Q(Exists(followers.filter(**same)), state=State.LAPSED)


def befell(found: Iterable[Obligation]) -> dict[int, Befell]:
    """By obligation's id what happened to it and to those that followed it, in two queries."""
    rows = list(found)
    chains = {one.pk: [one] for one in rows}
    if lapsed := [one for one in rows if one.state == State.LAPSED]:
        about = {"subject_kind__in": {one.subject_kind for one in lapsed}}
        others = Obligation.objects.filter(subject_id__in={o.subject_id for o in lapsed}, **about)
        begun = _begun(others)
        chains |= {one.pk: _chain(one, begun) for one in lapsed}
    pauses = _pauses(one.pk for chain in chains.values() for one in chain)
    return {
        pk: Befell(
            [pause for one in chain for pause in pauses[one.pk]],
            sum(one.extended_by for one in chain[1:] if one.term_unit == chain[0].term_unit),
        )
        for pk, chain in chains.items()
    }


def locked_before(obligation: Obligation) -> list[Obligation]:
    """The first promise and what else was handed on until this one began; locked."""
    same = {name: getattr(obligation, name) for name in _SAME}
    lapsed = Obligation.objects.filter(
        **same, state=State.LAPSED, ended_at__lte=obligation.opened_at, pk__lt=obligation.pk
    )
    rows = list(lapsed.order_by("pk").select_for_update())
    begun = _begun([*rows, obligation])
    return [one for one in rows if _chain(one, begun)[-1].pk == obligation.pk]


_Key = tuple[str, str, int, datetime]


def _key(one: Obligation, at: datetime) -> _Key:
    return (one.kind, one.subject_kind, one.subject_id, at)


def _begun(rows: Iterable[Obligation]) -> dict[_Key, list[Obligation]]:
    begun: dict[_Key, list[Obligation]] = defaultdict(list)
    for one in sorted(rows, key=lambda row: row.pk):
        begun[_key(one, one.opened_at)].append(one)
    return begun


def _chain(one: Obligation, begun: dict[_Key, list[Obligation]]) -> list[Obligation]:
    """It and all that followed it."""
    chain = [one]
    while (last := chain[-1]).state == State.LAPSED and last.ended_at is not None:
        next_ones = begun.get(_key(last, last.ended_at), [])
        follower = next((row for row in next_ones if row.pk > last.pk), None)
        if follower is None:
            break
        chain.append(follower)
    return chain


def _pauses(ids: Iterable[int]) -> dict[int, list[ObligationPause]]:
    by_obligation: dict[int, list[ObligationPause]] = defaultdict(list)
    for pause in ObligationPause.objects.filter(obligation__in=set(ids)):
        by_obligation[pause.obligation_id].append(pause)
    return by_obligation
