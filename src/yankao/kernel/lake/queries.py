"""Every read: which partitions there are, and whether they are still what they were."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from yankao.kernel.lake import stores
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import digest_of, parts_of


def partitions_between(first: date, until: date) -> list[Partition]:
    """The partitions in force of all facts, of months from ``first`` to before ``until``."""
    rows = Partition.objects.filter(month__gte=first, month__lt=until, is_current=True)
    return list(rows.order_by("fact", "month"))


def partitions_with(keys: Iterable[int]) -> list[Partition]:
    """Partitions by primary key, in any state."""
    return list(Partition.objects.filter(pk__in=list(keys)).order_by("fact", "month"))


def all_partitions() -> list[Partition]:
    """Every partition, by month, fact and revision. One query."""
    return list(Partition.objects.order_by("month", "fact", "revision"))


def keys_named() -> frozenset[str]:
    """Where partitions lie. One query."""
    return frozenset(Partition.objects.values_list("key", flat=True))


def digest_of_file(path: Path) -> str:
    """SHA-256 of a local file."""
    with path.open("rb") as file:
        return digest_of(parts_of(file))


def state_of(partition: Partition) -> str:
    """``ok``, ``missing`` or ``damaged``: what is really stored, compared with the checksum."""
    try:
        found = stores.store().digest(partition.key)
    except FileNotFoundError:
        return "missing"
    return "ok" if found == partition.sha256 else "damaged"


def local_paths(partitions: Sequence[Partition]) -> list[Path]:
    """The files of partitions, fetched where they lie far away.

    Raises FileNotFoundError, Unreadable.
    """
    store = stores.store()
    return [store.local(partition.key) for partition in partitions]
