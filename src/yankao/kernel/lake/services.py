"""Writing partitions, and clearing away what no closing ever named."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from yankao.kernel.lake import queries, stores, writing
from yankao.kernel.lake.models import Partition
from yankao.kernel.lake.rules import Month, Stock, Table, path_of


def write_partition(
    *, table: Table, month: Month, revision: int, is_current: bool = True, at: datetime
) -> Partition:
    """The month's rows as of the current transaction, as a file and the row that names it.

    The file is whole before the row exists, and the row exists when the transaction commits: killed
    in between, there is a file nobody reads, which ``sweep`` takes away.
    """
    store = stores.store()
    with stores.scratch(store.folder) as file:
        rows = writing.write(table, month, file)
        sha256, size = queries.digest_of_file(file), file.stat().st_size
        key = path_of(table.name, month.code, sha256)
        store.put(key, file)
    return Partition.objects.create(
        fact=table.name, month=month.start_on, revision=revision, key=key, sha256=sha256,
        rows=rows, size=size, columns=dict(table.columns), stocks=_pairs(table.stocks),
        written_at=at, is_current=is_current,
    )  # fmt: skip


def _pairs(stocks: tuple[Stock, ...]) -> list[list[str]]:
    return [[stock.entered, stock.left] for stock in stocks]


def put_in_force(partitions: Sequence[Partition]) -> None:
    """These are what is read of their months from now on; those before stay where they are."""
    for partition in partitions:
        same = Partition.objects.filter(fact=partition.fact, month=partition.month)
        same.filter(is_current=True).update(is_current=False)
        same.filter(pk=partition.pk).update(is_current=True)


def forget(partitions: Sequence[Partition]) -> None:
    """Partitions that never were in force; their files go with the next sweep."""
    keys = [partition.pk for partition in partitions]
    Partition.objects.filter(pk__in=keys, is_current=False).delete()


def sweep(*, manifests: Iterable[str]) -> int:
    """Delete files that no partition names nor are ``manifests``; only while nobody closes.

    Returns how many. What killed processes were writing goes too.
    """
    store, named = stores.store(), queries.keys_named().union(manifests)
    gone = [key for key in store.contents() if key not in named]
    for key in gone:
        store.delete(key)
    stores.clear_scratch(store.folder)
    return len(gone)
