"""The run: build, measure, tell."""

import argparse
from collections.abc import Callable

from tools.bench import city, desk, flows, home, lake, letters, report, sql, walk, web
from tools.bench.timing import Row
from yankao.base import clock
from yankao.base.clock import TAIPEI
from yankao.departments.service.calls.models import Call
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.petitions.models import Petition
from yankao.kernel.search import index
from yankao.kernel.search import services as search

Tell = Callable[[str], None]


def run(chosen: argparse.Namespace, tell: Tell) -> int:
    """How many limits were broken; of a short run only those of the pages' queries."""
    tell("tables and city pack")
    home.prepare()
    if not Case.objects.exists():
        city.generate(chosen.size, tell)
    if not Petition.objects.exists():
        letters.generate(chosen.size, tell)
    if not Call.objects.exists():
        desk.generate(chosen.size, tell)
    if not index.is_readable():
        tell("search index")
        search.rebuild(progress=lambda kind, total: None)
    rows, pages = _measure(chosen, tell)
    text = _text(chosen, rows, pages)
    print(text)
    if chosen.write:
        report.write(text)
    broken = [row for row in rows if not row.is_ok and not chosen.short]
    return len(broken) + sum(page.queries > walk.MOST for page in pages)


def _measure(chosen: argparse.Namespace, tell: Tell) -> tuple[list[Row], list[walk.Page]]:
    times = 5 if chosen.short else 60
    wanted = (
        set(chosen.only.split(","))
        if chosen.only
        else {"sql", "letters", "web", "desk", "flows", "lake", "pages"}
    )
    rows: list[Row] = []
    pages: list[walk.Page] = []
    if "sql" in wanted:
        tell("statements")
        rows += sql.measure(times=times)
    if "letters" in wanted:
        tell("petitions")
        rows += letters.measure(times=times)
    if "pages" in wanted:
        tell("queries of every page")
        pages = walk.walk()
    if "lake" in wanted:
        tell("closed months")
        rows += lake.measure(times=times, size=chosen.size)
    desk.connect()
    if wanted & {"web", "desk", "flows"}:
        with home.server() as port:
            if "web" in wanted:
                tell("pages and answers")
                rows += web.measure(port, times=times)
            if "desk" in wanted:
                tell("the desk of 1999")
                rows += desk.measure(port, times=times)
            if "flows" in wanted:
                tell("taking in, taking out, importing, finding")
                rows += flows.measure(port, times=times, rows=min(chosen.size, 50_000))
    return rows, pages


def _text(chosen: argparse.Namespace, rows: list[Row], pages: list[walk.Page]) -> str:
    command = "make bench" + (f" SIZE={chosen.size}" if chosen.size != 1_000_000 else "")
    on = clock.now().astimezone(TAIPEI).date()
    parts = [report.circumstances(command=command, size=chosen.size, on=on), report.table(rows)]
    return "\n\n".join([*parts, report.pages_table(pages)] if pages else parts)
