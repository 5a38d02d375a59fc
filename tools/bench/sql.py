"""Time in the database: the statements of the house beside hand-written ones for the same rows."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from tools.bench import home, walk
from tools.bench.timing import Row, in_turn
from yankao.base import clock
from yankao.base.clock import TAIPEI
from yankao.departments.service.dispatch import queries
from yankao.departments.service.dispatch.models import Case
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures.rules import Grain, period_at

PAGES = 1_000
CASES = 'FROM "service_dispatch_case"'
LIMIT = 1.5

_SHOWN = """
SELECT (SELECT count(*) FROM (SELECT FROM service_dispatch_case WHERE {where} LIMIT 10001) _),
       c.number, i.name, d.name, c.place_words, c.place_problem, c.state, c.is_urgent,
       a.short_name, p.name, c.received_at, c.done_at, h.due_at
FROM (SELECT id FROM service_dispatch_case WHERE {where} AND {after}
      ORDER BY received_at DESC, id DESC LIMIT 51) found
JOIN service_dispatch_case c ON c.id = found.id
JOIN service_dispatch_item i ON i.code = c.item_id
LEFT JOIN kernel_places_district d ON d.code = c.district_id
LEFT JOIN kernel_people_agency a ON a.code = c.agency_id
LEFT JOIN kernel_people_person p ON p.id = c.officer_id
LEFT JOIN kernel_obligations_obligation h ON h.id = c.handling_id
ORDER BY c.received_at DESC, c.id DESC
"""
_NARROWED = """
state = '{state}' AND district_id = '{district}'
AND received_at >= '{from}' AND received_at < '{until}'
"""
_DETAIL = """
SELECT c.id, c.number, c.state, c.description, c.received_at, c.place_words, c.lat, c.lng,
       c.agency_id, c.accepted_at, c.done_at, c.done_by, c.closed_at, c.public_remark, c.is_urgent,
       i.name, i.plain_name, d.name, v.name, a.name, u.name, p.name, h.due_at, h.state
FROM service_dispatch_case c JOIN service_dispatch_item i ON i.code = c.item_id
LEFT JOIN kernel_places_district d ON d.code = c.district_id
LEFT JOIN kernel_places_village v ON v.code = c.village_id
LEFT JOIN kernel_people_agency a ON a.code = c.agency_id
LEFT JOIN kernel_people_unit u ON u.code = c.unit_id
LEFT JOIN kernel_people_person p ON p.id = c.officer_id
LEFT JOIN kernel_obligations_obligation h ON h.id = c.handling_id
WHERE c.number = '{number}'
"""
_BY_MONTH = """
SELECT date_trunc('month', c.received_at AT TIME ZONE 'Asia/Taipei'), c.agency_id, count(*)
FROM service_dispatch_case c
WHERE c.received_at >= '{start}' AND c.received_at < '{end}' GROUP BY 1, 2
"""
_ON_TIME = """
SELECT date_trunc('month', o.due_at AT TIME ZONE 'Asia/Taipei'), c.agency_id, count(*),
       count(*) FILTER (WHERE c.done_at <= o.due_at)
FROM service_dispatch_case c
JOIN kernel_obligations_obligation o ON o.id = c.promise_id
WHERE o.due_at >= '{start}' AND o.due_at < '{end}'
  AND c.outcome_known AND c.state <> 'cancelled' GROUP BY 1, 2
"""


def measure(*, times: int) -> list[Row]:
    """List, deep page, detail and statistics."""
    return [_list(times), _deep(times), _detail(times), *_statistics(max(3, times // 5))]


def beside(what: str, bare: str, ours: list[str], times: int) -> Row:
    """Server time of one statement beside that of several, planning and sending included."""
    took = in_turn(lambda: _run([bare]), lambda: _run(ours), times=times)
    return Row(what, *took, limit=LIMIT, beside="hand-written SQL, same rows and count")


def _run(statements: list[str]) -> list[Any]:
    """Past Django and psycopg's conversions: the server's work and the way back.

    The last one answers; one before it may ask in vain (what is closed, where nothing is).
    """
    connection.ensure_connection()
    results = [connection.connection.pgconn.exec_(s.encode()) for s in statements]
    assert results[-1].ntuples
    return results


def busiest_month() -> dict[str, Any]:
    """A filter: closed cases of the busiest district in the last whole month."""
    month = clock.now().astimezone(TAIPEI).replace(day=1) - timedelta(days=1)
    first = month.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    until = (first + timedelta(days=32)).replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT district_id FROM service_dispatch_case WHERE received_at >= %s"
            " AND received_at < %s GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
            [first, until],
        )
        [(district,)] = cursor.fetchall()
    return {"state": "closed", "district": district, "from": first, "until": until}


def list_address(wanted: dict[str, Any]) -> str:
    """The case list narrowed so."""
    return "/dispatch/cases/?" + urlencode(
        {
            "state": wanted["state"],
            "district": wanted["district"],
            "received_from": wanted["from"].date(),
            "received_until": (wanted["until"] - timedelta(days=1)).date(),
        }
    )


def api_address(wanted: dict[str, Any]) -> str:
    """The API's list narrowed so."""
    return "/api/dispatch/cases?" + urlencode(
        {
            "state": wanted["state"],
            "district": wanted["district"],
            "received_from": wanted["from"].isoformat(),
            "received_until": wanted["until"].isoformat(),
        }
    )


def deep_address() -> str:
    """The case list after so many pages, or after the last but one."""
    return f"/dispatch/cases/?{urlencode({'cursor': _cursor()})}"


@cache
def _cursor() -> str:
    cursor = ""
    for _ in range(PAGES):
        page = _cases(queries.CaseFilter(), cursor)
        if not page.next:
            break
        cursor = page.next
    return cursor


def _cases(wanted: queries.CaseFilter, cursor: str = "") -> Any:
    return queries.cases_for(home.actor("commission"), wanted, at=clock.now(), cursor=cursor)


def _list_statements(wanted: queries.CaseFilter, cursor: str = "") -> list[str]:
    return noted(lambda: _cases(wanted, cursor), CASES)


def _list(times: int) -> Row:
    wanted = busiest_month()
    bare = _SHOWN.format(where=_NARROWED.format(**wanted), after="TRUE")
    ours = _list_statements(
        queries.CaseFilter(
            state=wanted["state"],
            district=wanted["district"],
            received_from=wanted["from"],
            received_until=wanted["until"],
        )
    )
    return beside("SQL: list by state, district, month", bare, ours, times)


def _deep(times: int) -> Row:
    newest_first = Case.objects.order_by("-received_at", "-id").values_list("received_at", "id")
    at, id_ = newest_first[min(PAGES * queries.PAGE_ROWS - 1, Case.objects.count() - 60)]
    bare = _SHOWN.format(where="TRUE", after=f"(received_at, id) < ('{at}', {id_})")
    ours = _list_statements(queries.CaseFilter(), _cursor())
    return beside(f"SQL: page after {PAGES:,} pages", bare, ours, times)


def a_case() -> Case:
    """A closed case of some weeks ago."""
    return Case.objects.filter(state="closed").order_by("-id")[Case.objects.count() // 10]


def _detail(times: int) -> Row:
    case = a_case()
    officer = walk.browser_of(home.officer_of(case.agency_id or ""))
    made = walk.statements_of(officer, f"/dispatch/cases/{case.number}/")
    ours = [s for s in made if CASES in s and case.number in s]
    return beside("SQL: one case by number", _DETAIL.format(number=case.number), ours, times)


def _statistics(times: int) -> list[Row]:
    at = clock.now()
    last = period_at(Grain.MONTH, at).shifted(-1)
    first = last.shifted(-22)
    bounds = {"start": first.bounds.start, "end": last.bounds.end}
    rows = []
    for title, name, bare in (
        ("cases received", "service.dispatch.received", _BY_MONTH),
        ("on-time rate", "service.dispatch.on_time_pct", _ON_TIME),
    ):
        ours = noted(lambda name=name: figures.cells_of(  # type: ignore[misc]
            figures.figure_named(name), first, last, by=("agency",), as_of=at
        ))  # fmt: skip
        what = f"SQL: {title} by agency × month"
        rows.append(beside(what, bare.format(**bounds), ours, times))
    return rows


def noted(work: Callable[[], object], text: str = "") -> list[str]:
    """The statements the work makes, those with the text."""
    statements: list[str] = []
    with connection.execute_wrapper(walk.noting(statements)):
        work()
    return [statement for statement in statements if text in statement]
