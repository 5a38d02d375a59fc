"""Generated cases: two years of a city, nearly all of them closed, marked as generated.

Drawn and written by the database itself, so that a million take minutes. The same size gives the
same cases (the draws are seeded), counted back from the last midnight.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model

from tools.bench import home
from yankao.base import clock
from yankao.base.clock import TAIPEI
from yankao.departments.service.dispatch import queries
from yankao.departments.service.dispatch.models import Case, CaseEntry, Reporter
from yankao.departments.service.dispatch.services import common, intake
from yankao.departments.service.dispatch.services.turns import CHECK_TERM
from yankao.departments.service.dispatch.workflow import KIND
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.obligations.models import Obligation, ObligationChange
from yankao.kernel.people.models import Tenure
from yankao.kernel.places import queries as places

SEED = 20240229
DAYS = 731
POINTS = 20_000
MARK = "（效能測試，由系統產生）"
ROADS = (
    "中山一路", "中正路", "民族二路", "建國三路", "自由路", "博愛路", "和平街", "光復街",
    "五福路", "四維路", "大順路", "十全路", "九如路", "成功路", "復興路", "文化街",
)  # fmt: skip
WORDS = (
    "路面有坑洞，機車經過很危險", "路燈整排不亮", "下雨後積水不退", "行道樹枝條擋住號誌",
    "人孔蓋鬆動發出聲響", "紅綠燈號誌不亮", "人行道地磚破損", "有人佔用騎樓，行人走到車道",
)  # fmt: skip
HOURLY = (1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 7, 6, 7, 8, 8, 8, 7, 6, 5, 4, 3, 2, 1)
OFTEN = {"坑洞": 12, "路燈": 9, "路樹": 6, "積水": 5, "號誌": 4, "違規停車": 4}
FILLED = (Case, Obligation, ObligationChange, CaseEntry, Reporter, Tenure)


def generate(size: int, tell: Callable[[str], None]) -> None:
    """The city's people and so many cases with promises, history, tenures and reporters."""
    at = clock.now()
    items = queries.items_in_force(at=at)
    routes = _routes(items)
    home.make_people(sorted({route[2] for route in routes}))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys are right by construction
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # draws in one order
        cursor.execute("SET synchronous_commit = off")
        _lists(cursor, items, routes)
        tell("drawing")
        _draw(cursor, size, at)
        indexes = drop_indexes(cursor, FILLED)
        for name, statement in STATEMENTS.items():
            tell(name)
            cursor.execute(statement, {"kind": KIND, "handle": common.HANDLE, "check": common.CHECK,
                                       "size": size})  # fmt: skip
        tell("indexes")
        for statement in indexes:
            cursor.execute(statement)
        set_sequences(cursor, FILLED)
        cursor.execute("RESET ALL")
    connection.close()
    tell("vacuum")
    home.vacuum()


def _routes(items: list[Any]) -> list[tuple[str, str, str, str | None]]:
    """(item, district, agency, unit) wherever somebody is responsible."""
    routes = intake.Routes()
    pairs = [(item, district.code) for item in items for district in places.districts()]
    found = ((item.pk, district, routes.of(item, district)) for item, district in pairs)
    return [(item, district, line.agency, line.unit) for item, district, line in found if line]


def _lists(cursor: Any, items: list[Any], routes: list[Any]) -> None:
    """What is drawn from, as temporary tables: places, items with their terms, routes, officers."""
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    _temporary(cursor, "spot", "district text, village text, name text, lat float, lng float",
               spots(chance))  # fmt: skip
    weights = [next((w for word, w in OFTEN.items() if word in i.plain_name), 1) for i in items]
    terms = {term.key: term for term in calendar.terms_in_force(clock.now().date())}
    check = terms[CHECK_TERM]
    _temporary(cursor, "matter", "item text, title text, hours int, key text, term text,"
               " citation text, certainty text, since date",
               [(i.pk, i.plain_name, t.amount, t.key, t.title, t.citation, t.certainty,
                 t.in_force_from)
                for i in chance.choices(items, weights=weights, k=2000)
                for t in [terms[i.term]]])  # fmt: skip
    _temporary(cursor, "checking", "key text, term text, unit text, amount int, citation text,"
               " certainty text, since date",
               [(check.key, check.title, str(check.unit), check.amount, check.citation,
                 check.certainty, check.in_force_from)])  # fmt: skip
    _temporary(cursor, "route", "item text, district text, agency text, unit text", routes)
    officers = [
        (agency, person.pk, person.name)
        for agency in sorted({route[2] for route in routes})
        for person in [home.person(home.officer_of(agency))]
    ]
    _temporary(cursor, "officer", "agency text, id bigint, name text", officers)


def spots(chance: random.Random) -> list[tuple[Any, ...]]:
    """Points in the city, more of them in busy districts."""
    names = {district.code: district.name for district in places.districts()}
    busy = settings.CITY.get("demo", {}).get("busy_districts", ())
    near = chance.choices(
        places.districts(),
        weights=[6 if d.name in busy else 1 for d in places.districts()],
        k=POINTS * 2,
    )
    lats = [d.lat + chance.gauss(0, 0.012) for d in near]
    lngs = [d.lng + chance.gauss(0, 0.012) for d in near]
    return [
        (spot.district_code, spot.village_code, f"{names[spot.district_code]}{spot.village_name}",
         lat, lng)
        for lat, lng, spot in zip(lats, lngs, places.locate_many(lats, lngs), strict=True)
        if spot is not None and spot.village_code
    ][:POINTS]  # fmt: skip


def _temporary(cursor: Any, name: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    cursor.execute(f"CREATE TEMP TABLE b_{name} (n serial, {columns})")
    names = ", ".join(column.split()[0] for column in columns.split(","))
    with cursor.copy(f"COPY b_{name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(f"ANALYZE b_{name}")


def _draw(cursor: Any, size: int, at: datetime) -> None:
    midnight = at.astimezone(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
    total = sum(HOURLY)
    bounds = [sum(HOURLY[:hour]) / total for hour in range(1, 24)]
    assert all(a < b for a, b in pairwise(bounds))
    cursor.execute("SELECT setseed(%s)", [(SEED % 1000) / 1000])
    cursor.execute(
        DRAWN,
        {
            "start": midnight - timedelta(days=DAYS), "days": DAYS, "hours": bounds, "size": size,
            "roads": list(ROADS), "words": list(WORDS), "mark": MARK,
            "prefix": settings.CITY["number_prefix"],
        },
    )  # fmt: skip
    cursor.execute("ANALYZE b_case")


def drop_indexes(cursor: Any, models: Sequence[type[Model]]) -> list[str]:
    """Take off what no constraint needs; returns the statements that put it back."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY(%s::regclass[])"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [[model._meta.db_table for model in models]],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    return [statement for _, statement in found]


def set_sequences(cursor: Any, models: Sequence[type[Model]]) -> None:
    """The next key comes after those generated."""
    for model in models:
        if model._meta.pk and model._meta.pk.column == "id":
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                f" (SELECT coalesce(max(id), 1) FROM {table}))"
            )


DRAWN = """
CREATE TEMP TABLE b_case AS
WITH drawn AS (
  SELECT %(start)s + floor(random() * %(days)s) * interval '1 day'
         + (width_bucket(random(), %(hours)s) * 3600 + floor(random() * 3600))
           * interval '1 second' AS received_at,
         1 + floor(random() * (SELECT count(*) FROM b_spot))::int AS spot,
         1 + floor(random() * (SELECT count(*) FROM b_matter))::int AS matter,
         random() AS fate, random() AS speed, random() AS lateness, random() AS waiting,
         random() AS told, random() AS words, random() AS house
  FROM generate_series(1, %(size)s)
), numbered AS (
  SELECT row_number() OVER (ORDER BY received_at, house) AS id, drawn.* FROM drawn
), staged AS (
  SELECT *,
    CASE
      WHEN id > %(size)s * 0.991 THEN (ARRAY['received', 'received', 'accepted', 'accepted',
           'accepted', 'accepted', 'accepted', 'done', 'done', 'closed'])[1 + floor(fate * 10)::int]
      WHEN fate < 0.001 THEN 'accepted'
      WHEN fate < 0.006 THEN 'cancelled'
      ELSE 'closed'
    END AS state,
    CASE WHEN lateness < 0.09 THEN 1.2 + 8 * speed ELSE 0.15 + 0.8 * sqrt(speed) END AS share
  FROM numbered
)
SELECT staged.id, received_at, state, told,
       (received_at AT TIME ZONE 'Asia/Taipei')::date AS day,
       received_at + (0.05 + speed * 0.5) * interval '1 hour' AS accepted_at,
       received_at + (0.7 + share * matter.hours) * interval '1 hour' AS done_at,
       received_at + (1.7 + share * matter.hours + waiting * 30) * interval '1 hour' AS closed_at,
       received_at + matter.hours * interval '1 hour' AS due_at,
       matter.item, matter.title, matter.hours, matter.key, matter.term, matter.citation,
       matter.certainty, matter.since, spot.district, spot.village,
       round((spot.lat + (house - 0.5) * 0.0006)::numeric, 6) AS lat,
       round((spot.lng + (words - 0.5) * 0.0006)::numeric, 6) AS lng,
       spot.name || (%(roads)s::text[])[1 + floor(waiting * 16)::int] || (1 + floor(house * 400))
         || '號' AS place,
       %(mark)s || (%(words)s::text[])[1 + floor(words * 8)::int] || '。' AS description,
       route.agency, route.unit, officer.id AS officer, officer.name AS officer_name,
       %(prefix)s AS prefix
FROM staged
JOIN b_matter matter ON matter.n = staged.matter
JOIN b_spot spot ON spot.n = staged.spot
LEFT JOIN b_route route ON (route.item, route.district) = (matter.item, spot.district)
LEFT JOIN b_officer officer ON officer.agency = route.agency
ORDER BY staged.id
"""

_ENDED = "state IN ('closed', 'cancelled')"
_DONE = "state IN ('done', 'closed')"
_OBLIGATION = (
    "INSERT INTO kernel_obligations_obligation (id, kind, subject_kind, subject_id, number, title,"
    " place, address, district_id, debtor_agency_id, debtor_unit_id, debtor_person_id, creditor,"
    " opened_at, term_key, term_title, term_unit, term_amount, term_citation, term_certainty,"
    " term_in_force_from, extended_by, due_at, promised_due_at, state, ended_at, outcome_reason,"
    " escalation_level)"
)
_CHANGE = (
    "INSERT INTO kernel_obligations_obligationchange"
    " (obligation_id, at, actor_key, actor_name, kind, new_due_at, reason, citation)"
)
_ENTRY = (
    "INSERT INTO service_dispatch_caseentry"
    " (case_id, at, move, actor_key, actor_name, agency_id, words)"
)
STATEMENTS = {
    "numbers": """
CREATE TEMP TABLE b_number AS
SELECT id, prefix || lpad((extract(year FROM day) - 1911)::int::text, 3, '0')
           || to_char(day, 'MMDD')
           || lpad(row_number() OVER (PARTITION BY day ORDER BY id)::text, 5, '0') AS number
FROM b_case ORDER BY id
""",
    "day numbers": """
INSERT INTO service_dispatch_daynumber (day, last) SELECT day, count(*) FROM b_case GROUP BY day
""",
    "cases": f"""
INSERT INTO service_dispatch_case (id, number, item_id, state, channel, description, received_at,
  recorded_at, district_id, village_id, lat, lng, place_words, place_problem, agency_id, unit_id,
  officer_id, promise_id, handling_id, checking_id, accepted_at, done_at, done_by, verified_at,
  closed_at, public_remark, outcome_known, source)
SELECT id, number, item, state,
       (ARRAY['web', 'phone', 'phone', 'api', 'open311'])[1 + floor(told * 5)::int],
       description, received_at, received_at, district, village, lat, lng, place, '', agency, unit,
       CASE WHEN state NOT IN ('received', 'cancelled') THEN officer END,
       id, id, CASE WHEN {_DONE} THEN %(size)s + id END,
       CASE WHEN state NOT IN ('received', 'cancelled') THEN accepted_at END,
       CASE WHEN {_DONE} THEN done_at END,
       CASE WHEN {_DONE} THEN 'person:' || officer ELSE '' END,
       CASE WHEN state = 'closed' THEN closed_at END,
       CASE WHEN {_ENDED} THEN closed_at END,
       CASE WHEN {_DONE} THEN '已到場處理完成。' ELSE '' END, TRUE, 'bench'
FROM b_case JOIN b_number USING (id) ORDER BY id
""",  # noqa: S608 – our own columns
    "promises": f"""
{_OBLIGATION}
SELECT id, %(handle)s, %(kind)s, id, number, title, place, '/dispatch/cases/' || number || '/',
       district, agency, unit, CASE WHEN state NOT IN ('received', 'cancelled') THEN officer END,
       '', received_at, key, term, 'hours', hours, citation, certainty, since, 0, due_at, due_at,
       CASE WHEN state = 'cancelled' THEN 'lapsed' WHEN {_DONE} THEN 'fulfilled' ELSE 'open' END,
       CASE WHEN state = 'cancelled' THEN closed_at WHEN {_DONE} THEN done_at END,
       CASE WHEN state = 'cancelled' THEN '註銷' ELSE '' END,
       CASE WHEN {_DONE} OR state = 'cancelled' THEN 0 ELSE 4 END
FROM b_case JOIN b_number USING (id) ORDER BY id
""",  # noqa: S608
    "checks": f"""
{_OBLIGATION}
SELECT %(size)s + b_case.id, %(check)s, %(kind)s, b_case.id, number, title, place,
       '/dispatch/cases/' || number || '/', district, agency, b_case.unit, NULL::bigint,
       '', done_at, c.key, c.term, c.unit, c.amount, c.citation, c.certainty, c.since, 0,
       done_at + interval '4 days', done_at + interval '4 days',
       CASE WHEN state = 'closed' THEN 'fulfilled' ELSE 'open' END,
       CASE WHEN state = 'closed' THEN closed_at END, '', CASE WHEN state = 'done' THEN 4 ELSE 0 END
FROM b_case JOIN b_number USING (id), b_checking c WHERE {_DONE} ORDER BY b_case.id
""",  # noqa: S608
    "changes": f"""
{_CHANGE}
SELECT id, opened_at, 'bench', 'bench', 'opened', due_at, '', term_citation
FROM kernel_obligations_obligation
UNION ALL
SELECT id, ended_at, 'bench', 'bench', state, NULL::timestamptz, outcome_reason, ''
FROM kernel_obligations_obligation WHERE state IN ('fulfilled', 'lapsed')
""",  # noqa: S608
    "entries": f"""
{_ENTRY}
SELECT id, received_at, 'received', 'anonymous', '民眾', NULL, '' FROM b_case
UNION ALL SELECT id, accepted_at, 'accept', 'person:' || officer, officer_name, agency, ''
FROM b_case WHERE state NOT IN ('received', 'cancelled')
UNION ALL SELECT id, done_at, 'report_done', 'person:' || officer, officer_name, agency, ''
FROM b_case WHERE {_DONE}
UNION ALL SELECT id, closed_at, 'verify', 'bench', '測試科長', agency, ''
FROM b_case WHERE state = 'closed'
UNION ALL SELECT id, closed_at, 'cancel', 'bench', '測試科長', agency, '重複通報'
FROM b_case WHERE state = 'cancelled'
""",  # noqa: S608
    "reporters": """
INSERT INTO service_dispatch_reporter (case_id, name, phone, email, language)
SELECT id, '測試民眾' || id, '09' || lpad((id %% 100000000)::text, 8, '0'), '', ''
FROM b_case WHERE told < 0.7
""",
    "tenures": """
INSERT INTO kernel_people_tenure (subject_kind, subject_id, agency_id, from_at)
SELECT %(kind)s, id, agency, received_at FROM b_case WHERE agency IS NOT NULL
""",
}
