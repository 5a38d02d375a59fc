"""Real records in: one importer, and for each format a reader of its rows."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from yankao.base.actors import Actor
from yankao.departments.service.dispatch.rules.imports import ImportRow
from yankao.departments.service.dispatch.services.imports import (
    kaohsiung_pothole,
    open_cases,
    tainan_1999,
)
from yankao.departments.service.dispatch.services.imports.common import (
    ImportReport,
    UnreadableFile,
    run_import,
)

__all__ = ["FORMATS", "ImportReport", "UnreadableFile", "import_records"]

_CLOSED: dict[str, Callable[[Path], Iterator[ImportRow]]] = {
    kaohsiung_pothole.NAME: kaohsiung_pothole.rows,
    tainan_1999.NAME: tainan_1999.rows,
}
FORMATS = (*_CLOSED, open_cases.NAME)


def import_records(
    path: Path,
    *,
    source: str,
    actor: Actor,
    at: datetime,
    progress: Callable[[ImportReport], None],
) -> ImportReport:
    """Import a file of the format named ``source``, one of FORMATS.

    Refused with line and reason: rows that cannot be read, without number or date, of a matter
    the city pack maps to no item, or contradicting a number already there. Odd places are imported
    as *place unknown*. Again = nothing new. Each piece of rows is one durable transaction, so a
    killed import is simply run again. Opens its own transactions.
    Raises UnreadableFile, and Invalid when the city pack maps the format to no item; of open cases
    see `open_cases.run`.
    """
    if source == open_cases.NAME:
        return open_cases.run(path, actor=actor, at=at, progress=progress)
    rows = _CLOSED[source](path)
    return run_import(path, rows, source=source, actor=actor, at=at, progress=progress)
