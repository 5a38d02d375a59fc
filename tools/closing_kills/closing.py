"""The house's side: closing a month, and whether what lies there is whole.

Imported after the environment names the house: it sets Django up. ``close`` runs in processes
forked from one that has imported this and nothing more, so that kills fall into closings and not
into the start of Python.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout, suppress
from dataclasses import dataclass
from typing import TypeVar

import django

django.setup()

from django.db import Error, connection  # noqa: E402

from yankao.base.postgres import DatabaseUnavailable  # noqa: E402
from yankao.kernel.closing import queries  # noqa: E402
from yankao.kernel.closing.alone import ClosingUnderWay, alone  # noqa: E402
from yankao.kernel.closing.models import Closing  # noqa: E402
from yankao.kernel.figures.models import StoredValue  # noqa: E402
from yankao.kernel.figures.rules import Period  # noqa: E402
from yankao.kernel.lake import queries as lake  # noqa: E402
from yankao.kernel.lake import stores  # noqa: E402
from yankao.kernel.lake.models import Partition  # noqa: E402
from yankao.site.commandline import database, main  # noqa: E402

PATIENCE_SECONDS = 60
T = TypeVar("T")


def close(month: str) -> None:
    """``yankao close`` in a process of its own; ends it."""
    with redirect_stdout(sys.stderr):
        sys.exit(main(["close", month]))


def settle(held: ExitStack) -> None:
    """Until the database is there, held by ``held``, and the killed closing's session is gone."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with alone():
                return
        except (ClosingUnderWay, Error) as error:
            if time.monotonic() > deadline:
                raise
            if isinstance(error, Error):
                _hold_again(held)
            time.sleep(0.02)


def _hold_again(held: ExitStack) -> None:
    with suppress(Error):
        connection.close()
    before = held.pop_all()
    with suppress(DatabaseUnavailable):
        held.enter_context(database())
    before.close()


def patient(held: ExitStack, work: Callable[[], T]) -> T:
    """The database may go away once more: a killed keeper takes it along a little later."""
    while True:
        settle(held)
        with suppress(Error):
            return work()


def is_closed(month: str) -> bool:
    return queries.is_closed(queries.month_named(month))


def open_again() -> None:
    """Every closing is forgotten; their files are nobody's."""
    for model in (StoredValue, Closing, Partition):
        model.objects.all().delete()


@dataclass(frozen=True)
class State:
    """A month after a closing that ended somehow, and the files of the lake."""

    is_closed: bool
    half: list[str]
    orphans: int


def state_of(month: str) -> State:
    """What is neither closed whole nor open, files that are not whole, how many are nobody's."""
    return State(is_closed(month), [*_half(month), *_files()], orphans())


def _half(month: str) -> Iterator[str]:
    period = queries.month_named(month)
    partitions = lake.partitions_between(period.start, period.until)
    stored = StoredValue.objects.filter(start_on=period.start, end_on=period.until).count()
    closing = Closing.objects.filter(month=period.start).first()
    if closing is None:
        yield from (f"{one} of an open month" for one in partitions)
        if stored:
            yield f"{stored} numbers of an open month"
    else:
        if {one.key for one in partitions} != {line["key"] for line in closing.manifest}:
            yield f"partitions of {month} are not those of its manifest"
        if not stored:
            yield f"no numbers of {month}"


def _files() -> Iterator[str]:
    store = stores.store()
    there = set(store.contents())
    for key in there:
        if key.startswith("facts/") and store.digest(key) not in key:
            yield f"half a file: {key}"
    yield from (f"named and missing: {key}" for key in lake.keys_named() - there)


def orphans() -> int:
    """Files nobody names."""
    store = stores.store()
    named = lake.keys_named().union(queries.manifest_keys())
    return len(set(store.contents()) - named) + len(list(store.folder.glob("incoming/*")))


def faults() -> list[str]:
    """What ``yankao verify`` finds."""
    return [f"{fault.where}: {fault.what}" for fault in queries.faults()]


def numbers() -> int:
    """Numbers stored."""
    return queries.stored_count().values


def months(year: int) -> list[str]:
    """The year's months by name."""
    first = queries.month_named(f"{year}-01")
    found: list[Period] = [first]
    while len(found) < 12:
        found.append(found[-1].next)
    return [month.code for month in found]
