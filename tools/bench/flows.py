"""Whole flows: taking in, taking out, importing, finding."""

import csv
import json
import random
import uuid
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction
from psycopg import sql
from psycopg.types.json import Jsonb

from tools.bench import city, home
from tools.bench.timing import Row, in_turn, percentile, seconds
from tools.bench.web import Browser
from yankao.base import clock
from yankao.base.actors import Actor, Grant
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case, DayNumber
from yankao.departments.service.dispatch.workflow import Permission
from yankao.kernel.places import queries as places
from yankao.kernel.search import index, rules
from yankao.kernel.trail.models import Pending

IMPORTER = Actor("system:bench", "bench", grants=frozenset({Grant(Permission.TAKE_IN)}))
CREATE = "/api/dispatch/reports"
CSV_HEAD = """
COPY (SELECT c.number, i.name, d.name, v.name, c.place_words, a.name, p.name, c.state,
             c.received_at, h.due_at, c.done_at, c.closed_at
      FROM service_dispatch_case c JOIN service_dispatch_item i ON i.code = c.item_id
      LEFT JOIN kernel_places_district d ON d.code = c.district_id
      LEFT JOIN kernel_places_village v ON v.code = c.village_id
      LEFT JOIN kernel_people_agency a ON a.code = c.agency_id
      LEFT JOIN kernel_people_person p ON p.id = c.officer_id
      LEFT JOIN kernel_obligations_obligation h ON h.id = c.handling_id
      ORDER BY c.received_at, c.id) TO STDOUT (FORMAT csv)
"""


def measure(port: int, *, times: int, rows: int) -> list[Row]:
    """Create, CSV, import and search."""
    return [
        _create(port, times=times * 4),
        _csv(port),
        _imported(rows),
        _search(times * 10),
    ]


# --- taking in -----------------------------------------------------------------------------------


def _create(port: int, *, times: int) -> Row:
    """A report through the API with a key, beside plain INSERTs of the same rows and a COMMIT."""
    browser, key, bodies = Browser(port), home.api_key(), _bodies()
    bare = _Replay(_created_rows(next(bodies)))
    headers = {"Content-Type": "application/json", "X-Api-Key": key}

    def ours() -> None:
        browser.post(CREATE, json.dumps(next(bodies)).encode(), headers)

    took = in_turn(bare.once, ours, times=times, warm=10)
    beside = f"one transaction of {len(bare.rows) + 1} plain statements"
    return Row("API: take in a report", *took, limit=4, beside=beside)


def _bodies() -> Iterator[dict[str, Any]]:
    """Reports from all over the city, each of somebody else."""
    chance = random.Random(city.SEED)  # noqa: S311 – repeatable, not secret
    spots = city.spots(chance)
    items = [item.pk for item in queries.public_items(at=clock.now())]
    begin = int(clock.now().timestamp()) % 10_000
    for number in count():
        _district, _village, name, lat, lng = chance.choice(spots)
        yield {
            "item": chance.choice(items), "lat": lat, "lng": lng, "place": f"{name}路口",
            "description": f"{city.MARK}{city.WORDS[number % 8]}",
            "phone": f"09{begin:04d}{number:04d}",
        }  # fmt: skip


def _created_rows(body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(table, row) of everything a report writes besides the day's number: made, then undone."""
    connection.close()  # counters of earlier transactions may not have left this session yet
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint & 4294967295")
        [(began,)] = cursor.fetchall()
        services.report_case(
            item=body["item"], where=services.Where(body["lat"], body["lng"], None, body["place"]),
            description=body["description"], contact=services.Contact(phone=body["phone"]),
            photos=(), channel="api", actor=home.ACTOR, at=clock.now(),
        )  # fmt: skip
        cursor.execute(
            "SELECT relname, n_tup_ins FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins > 0 AND relname <> ALL(%s)",
            # triggers write the last two
            [[DayNumber._meta.db_table, Pending._meta.db_table, "procrastinate_events"]],
        )
        rows = []
        for table, written in cursor.fetchall():
            found = _rows_since(cursor, table, began)
            assert len(found) == written, f"{table}: {len(found)} of {written}"
            rows += [(table, row) for row in found]
        transaction.set_rollback(True)
    return rows


def _rows_since(cursor: Any, table: str, transaction_id: int) -> list[dict[str, Any]]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    names = [name for (name,) in cursor.fetchall()]
    cursor.execute(
        f"SELECT {', '.join(names)} FROM {table}"  # noqa: S608 – our own tables
        " WHERE xmin::text::bigint >= %s",
        [transaction_id],
    )
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def _keys_among(tables: set[str]) -> set[tuple[str, str]]:
    """(table, column) of primary keys, and of keys that lead from one of the tables to another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)"
            " WHERE c.conrelid = ANY(%s::regclass[])"
            " AND (c.contype = 'p' OR c.confrelid = ANY(%s::regclass[]))",
            [list(tables), list(tables)],
        )
        return set(cursor.fetchall())


class _Replay:
    """Writes the rows again and again, with keys and numbers of their own."""

    def __init__(self, rows: list[tuple[str, dict[str, Any]]]) -> None:
        self.rows = rows
        self.turn = int(clock.now().timestamp()) % 1_000_000 * 1000
        self.keys = _keys_among({table for table, _ in rows})
        [self.number] = [row["number"] for table, row in rows if table == "service_dispatch_case"]

    def once(self) -> None:
        """All rows, one INSERT each, and the day's number, in one transaction."""
        self.turn += 1
        connection.ensure_connection()
        with connection.connection.transaction(), connection.connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {DayNumber._meta.db_table} SET last = last WHERE day ="  # noqa: S608
                f" (SELECT max(day) FROM {DayNumber._meta.db_table})"
            )
            for table, row in self.rows:
                insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join([sql.Placeholder()] * len(row)),
                )
                cursor.execute(insert, [self._own(table, *item) for item in row.items()])

    def _own(self, table: str, name: str, value: Any) -> Any:
        if isinstance(value, int) and (name == "subject_id" or (table, name) in self.keys):
            return value + self.turn * 1000
        if isinstance(value, uuid.UUID):
            return uuid.uuid4()
        if isinstance(value, dict | list):
            return Jsonb(value)
        return f"B{self.turn}" if value == self.number else value


# --- taking out ----------------------------------------------------------------------------------


def _csv(port: int) -> Row:
    """Every case as CSV, beside COPY of the same columns."""
    browser = Browser(port, "commission")

    def bare() -> None:
        connection.ensure_connection()
        with connection.connection.cursor() as cursor, cursor.copy(CSV_HEAD) as copy:
            for _piece in copy:
                pass

    took = in_turn(bare, lambda: browser.read_through("/dispatch/cases.csv"), times=3, warm=0)
    return Row(f"CSV of {Case.objects.count():,} cases", *took, limit=2, beside="COPY TO STDOUT")


def _imported(rows: int) -> Row:
    """Open cases of another system from a CSV, each with promise, tenure, history and trail.

    The median of three files.
    """
    speeds = sorted(rows / _import_time(rows, f"{clock.now():%m%d%H%M%S}") for _ in range(3))
    what = f"import of {rows:,} open cases with promise, tenure, history, trail"
    return Row(what, None, speeds[1], 5_000, unit="rows/s", at_least=True)


def _import_time(rows: int, run: str) -> float:
    names = ("number", "item", "received_at", "lat", "lng", "place", "description", "phone")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "open.csv"
        with file.open("w", encoding="utf-8", newline="") as lines:
            sheet = csv.DictWriter(lines, names)
            sheet.writeheader()
            for number, body in enumerate(islice(_bodies(), rows)):
                told = {name: body[name] for name in names if name in body}
                sheet.writerow(
                    told | {"number": f"{run}{number:06d}", "received_at": f"{clock.now():%FT%T%z}"}
                )
        return seconds(lambda: _take_over(file, rows))


def _take_over(file: Path, rows: int) -> None:
    report = services.import_records(
        file, source="open-cases", actor=IMPORTER, at=clock.now(), progress=lambda _report: None
    )
    assert report.new == rows, report.refused[:3]


# --- finding -------------------------------------------------------------------------------------


def _search(times: int) -> Row:
    """The 95th percentile of finding words of the generated cases in the index."""
    chance = random.Random(city.SEED)  # noqa: S311 – repeatable, not secret
    names = [district.name for district in places.districts()]
    words = [*city.ROADS, *names, "坑洞", "路燈", "積水", "測試", "人行道 破損", "三民 路燈"]
    gates = {"service.dispatch": home.actor("commission").agencies_for(Permission.READ)}
    took = [
        seconds(lambda text=text: index.find(rules.words_of(text), gates, offset=0, limit=20))
        for text in chance.choices(words, k=times + 5)
    ]
    return Row("search in the index, 95th percentile", None, percentile(took[5:], 0.95), 0.020)
