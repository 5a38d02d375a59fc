"""As many generated petitions beside the cases, and what reading them costs.

Drawn by the database like the cases (`city`), over the same two years, places and officers.
"""

import random
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import connection

from tools.bench import city, home, sql
from tools.bench.timing import Row, percentile, seconds
from yankao.base import clock
from yankao.base.clock import TAIPEI
from yankao.departments.service.petitions import queries
from yankao.departments.service.petitions.models import Petition, PetitionEntry, Petitioner
from yankao.departments.service.petitions.pages import monthly
from yankao.departments.service.petitions.services.common import HANDLE
from yankao.departments.service.petitions.workflow import KIND, Permission
from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.search import index, rules

PETITIONS = 'FROM "service_petitions_petition"'
FILLED = (Petition, PetitionEntry, Petitioner)
WISHES = (
    "希望改善公車班次", "詢問補助申請進度", "反映工地噪音", "建議增設人行道",
    "感謝並建議延長開放時間", "反映垃圾清運時間", "申訴罰單", "希望說明都市計畫",
)  # fmt: skip


def generate(size: int, tell: Callable[[str], None]) -> None:
    """So many petitions with promises, history, petitioners and tenures."""
    tell("petitions")
    midnight = clock.now().astimezone(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys are right by construction
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # draws in one order
        cursor.execute("SELECT setseed(%s)", [(city.SEED % 997) / 997])
        told = {
            "size": size, "start": midnight - timedelta(days=city.DAYS), "days": city.DAYS,
            "wishes": list(WISHES), "mark": city.MARK, "kind": KIND, "handle": HANDLE,
            "prefix": settings.CITY["petitions"]["number_prefix"],
        }  # fmt: skip
        indexes = city.drop_indexes(cursor, FILLED)
        for name, statement in STATEMENTS.items():
            tell(name)
            cursor.execute(statement, told)
        tell("indexes of petitions")
        for statement in indexes:
            cursor.execute(statement)
        city.set_sequences(cursor, [*FILLED, Obligation])
        cursor.execute("RESET ALL")
    connection.close()
    home.vacuum()


def measure(*, times: int) -> list[Row]:
    """List, one petition, the monthly matrix, and words in the index."""
    return [_list(times), _detail(times), _matrix(max(3, times // 5)), _search(times * 10)]


def _list(times: int) -> Row:
    commission = home.actor("commission")
    at = clock.now()
    month = period_at(Grain.MONTH, at).shifted(-1).bounds
    agency = Petition.objects.order_by("-id").values_list("agency", flat=True)[1000]
    wanted = queries.PetitionFilter(
        state="closed", agency=agency, received_from=month.start, received_until=month.end
    )
    ours = sql.noted(lambda: queries.petitions_for(commission, wanted, at=at), PETITIONS)
    bare = _SHOWN.format(
        where=f"p.state = 'closed' AND p.agency_id = '{agency}'"
        f" AND p.received_at >= '{month.start}' AND p.received_at < '{month.end}'"
    )
    return sql.beside("SQL: petitions by state, agency, month", bare, ours, times)


def _detail(times: int) -> Row:
    number = Petition.objects.order_by("-id").values_list("number", flat=True)[2000]
    commission = home.actor("commission")
    found = sql.noted(lambda: queries.petition_for(commission, number, at=clock.now()), PETITIONS)
    ours = [statement for statement in found if number in statement][:1]
    return sql.beside("SQL: one petition by number", _DETAIL.format(number=number), ours, times)


def _matrix(times: int) -> Row:
    """All columns of the monthly report for three months, beside the bare counts."""
    at = clock.now()
    month = period_at(Grain.MONTH, at).shifted(-1)
    ours = sql.noted(
        lambda: monthly.Month(month, at, home.actor("commission")), "fact_service_petitions"
    )
    stretches = [month, month.previous, month.same_last_year]
    bare = " UNION ALL ".join(
        _COUNTED.format(start=one.bounds.start, end=one.bounds.end) for one in stretches
    )
    return sql.beside("SQL: monthly matrix, agency × column × 3", bare, ours, times)


def _search(times: int) -> Row:
    """Words of two to four characters, each of which stands in an eighth of all petitions."""
    gates = {KIND: home.actor("commission").agencies_for(Permission.READ)}
    chance = random.Random(city.SEED)  # noqa: S311 – repeatable, not secret
    words = []
    for wish in chance.choices(WISHES, k=times + 5):
        size = min(chance.randint(2, 4), len(wish))
        begin = chance.randint(0, len(wish) - size)
        words.append(wish[begin : begin + size])
    took = [
        seconds(lambda text=text: index.find(rules.words_of(text), gates, offset=0, limit=20))
        for text in words
    ]
    return Row("search in petitions, 95th percentile", None, percentile(took[5:], 0.95), 0.020)


_SHOWN = """
SELECT (SELECT count(*) FROM (SELECT FROM service_petitions_petition p WHERE {where}
                              LIMIT 10001) _),
       p.number, p.title, i.name, d.name, p.state, a.short_name, o.name, p.received_at, h.due_at
FROM (SELECT id FROM service_petitions_petition p WHERE {where}
      ORDER BY received_at DESC, id DESC LIMIT 51) found
JOIN service_petitions_petition p ON p.id = found.id
JOIN service_petitions_item i ON i.code = p.item_id
LEFT JOIN kernel_places_district d ON d.code = p.district_id
LEFT JOIN kernel_people_agency a ON a.code = p.agency_id
LEFT JOIN kernel_people_person o ON o.id = p.officer_id
LEFT JOIN kernel_obligations_obligation h ON h.id = p.handling_id
ORDER BY p.received_at DESC, p.id DESC
"""
_DETAIL = """
SELECT p.*, i.name, c.name, d.name, a.name, u.name, o.name, h.due_at, h.state, f.due_at
FROM service_petitions_petition p JOIN service_petitions_item i ON i.code = p.item_id
JOIN service_petitions_category c ON c.code = i.category_id
LEFT JOIN kernel_places_district d ON d.code = p.district_id
LEFT JOIN kernel_people_agency a ON a.code = p.agency_id
LEFT JOIN kernel_people_unit u ON u.code = p.unit_id
LEFT JOIN kernel_people_person o ON o.id = p.officer_id
LEFT JOIN kernel_obligations_obligation h ON h.id = p.handling_id
LEFT JOIN kernel_obligations_obligation f ON f.id = p.promise_id
WHERE p.number = '{number}'
"""
_COUNTED = """
SELECT agency_id, 'received', count(*), count(*) FILTER (WHERE extensions_granted > 0),
       count(*) FILTER (WHERE reassignments > 0), 0
FROM service_petitions_petition
WHERE received_at >= '{start}' AND received_at < '{end}' GROUP BY 1
UNION ALL
SELECT agency_id, 'closed', count(*), count(*) FILTER (WHERE state = 'declined'), 0, 0
FROM service_petitions_petition
WHERE closed_at >= '{start}' AND closed_at < '{end}' GROUP BY 1
UNION ALL
SELECT p.agency_id, 'due', count(*), count(*) FILTER (WHERE answered_at <= h.due_at), 0, 0
FROM service_petitions_petition p JOIN kernel_obligations_obligation h ON h.id = p.promise_id
WHERE h.due_at >= '{start}' AND h.due_at < '{end}' AND p.state <> 'withdrawn' GROUP BY 1
UNION ALL
SELECT p.agency_id, 'overdue', count(*), 0, 0, 0
FROM service_petitions_petition p JOIN kernel_obligations_obligation h ON h.id = p.promise_id
WHERE h.due_at < '{end}' AND p.state <> 'withdrawn'
  AND coalesce(p.answered_at, p.closed_at, 'infinity') >= '{end}'
GROUP BY 1
"""
_ENDED = "state IN ('closed', 'declined', 'withdrawn')"
STATEMENTS = {
    "drawing petitions": """
CREATE TEMP TABLE b_petition AS
WITH matter AS (
  SELECT row_number() OVER (ORDER BY i.code) AS n, i.code AS item, route.agency_id AS agency,
         t.key, t.title AS term, t.amount, t.citation, t.certainty, t.in_force_from
  FROM service_petitions_item i
  JOIN kernel_calendar_termrule t ON t.key = i.term AND t.in_force_to IS NULL
  JOIN LATERAL (SELECT agency_id FROM service_petitions_route r
                WHERE (r.item_id = i.code OR r.category_id = i.category_id)
                  AND r.district_id IS NULL ORDER BY r.item_id NULLS LAST LIMIT 1) route ON TRUE
), district AS (SELECT row_number() OVER (ORDER BY code) AS n, code FROM kernel_places_district),
drawn AS (
  SELECT %(start)s + floor(random() * %(days)s) * interval '1 day'
           + floor(random() * 86400) * interval '1 second' AS received_at,
         1 + floor(random() * (SELECT count(*) FROM matter))::int AS matter,
         1 + floor(random() * (SELECT count(*) FROM district))::int AS district,
         random() AS fate, random() AS speed, random() AS kind, random() AS wish
  FROM generate_series(1, %(size)s)
), numbered AS (SELECT row_number() OVER (ORDER BY received_at, speed) AS id, drawn.* FROM drawn)
SELECT numbered.id, (SELECT coalesce(max(id), 0) FROM kernel_obligations_obligation)
         + numbered.id AS promise,
       CASE WHEN numbered.id > %(size)s * 0.991
            THEN (ARRAY['received', 'accepted', 'accepted', 'waiting'])[1 + floor(fate * 4)::int]
            WHEN fate < 0.01 THEN 'declined' WHEN fate < 0.015 THEN 'withdrawn' ELSE 'closed'
       END AS state,
       received_at, (received_at AT TIME ZONE 'Asia/Taipei')::date AS day,
       received_at + (1 + speed * 8) * interval '1 day' AS answered_at,
       received_at + (1.1 + speed * 8) * interval '1 day' AS closed_at,
       received_at + (matter.amount + 2) * interval '1 day' AS due_at,
       kind, speed, matter.item, matter.agency, matter.key, matter.term, matter.amount,
       matter.citation, matter.certainty, matter.in_force_from AS since, district.code AS district,
       (%(wishes)s::text[])[1 + floor(wish * 8)::int] AS title, person.id AS officer
FROM numbered JOIN matter ON matter.n = numbered.matter JOIN district ON district.n = district
LEFT JOIN kernel_people_person person
  ON person.account = 'bench-officer-' || lower(matter.agency)
ORDER BY numbered.id
""",
    "numbers of petitions": """
CREATE TEMP TABLE b_letter AS
SELECT id, %(prefix)s || lpad((extract(year FROM day) - 1911)::int::text, 3, '0')
           || to_char(day, 'MMDD')
           || lpad(row_number() OVER (PARTITION BY day ORDER BY id)::text, 5, '0') AS number
FROM b_petition
""",
    "promises of petitions": f"""
INSERT INTO kernel_obligations_obligation (id, kind, subject_kind, subject_id, number, title, place,
  address, district_id, debtor_agency_id, creditor, opened_at, term_key, term_title, term_unit,
  term_amount, term_citation, term_certainty, term_in_force_from, extended_by, due_at,
  promised_due_at, state, ended_at, outcome_reason, escalation_level)
SELECT promise, %(handle)s, %(kind)s, id, number, title, '', '/petitions/cases/' || number || '/',
       district, agency, '', received_at, key, term, 'working_days', amount, citation, certainty,
       since, 0, due_at, due_at,
       CASE WHEN state = 'withdrawn' THEN 'lapsed' WHEN {_ENDED} THEN 'fulfilled'
            WHEN state = 'waiting' THEN 'open' ELSE 'open' END,
       CASE WHEN {_ENDED} THEN answered_at END,
       CASE WHEN state = 'withdrawn' THEN '民眾撤回' ELSE '' END, 0
FROM b_petition JOIN b_letter USING (id) ORDER BY id
""",  # noqa: S608 – our own columns
    "rows of petitions": f"""
INSERT INTO service_petitions_petition (id, number, item_id, state, channel, is_to_mayor,
  is_confidential, title, content, received_at, recorded_at, district_id, place_words, agency_id,
  officer_id, promise_id, handling_id, accepted_at, answered_at, answer_told, closed_at,
  reassignments, extensions_granted, paper_number)
SELECT id, number, item, state,
       (ARRAY['web', 'phone', 'mailbox', 'counter', 'letter'])[1 + floor(kind * 5)::int],
       kind < 0.2, kind > 0.99, title, %(mark)s || title || '，請市府說明處理情形。', received_at,
       received_at, district, '', agency, officer, promise, promise,
       CASE WHEN state <> 'received' THEN received_at + interval '4 hours' END,
       CASE WHEN state = 'closed' THEN answered_at END, '',
       CASE WHEN {_ENDED} THEN closed_at END,
       (speed > 0.93)::int, (kind > 0.9)::int, ''
FROM b_petition JOIN b_letter USING (id) ORDER BY id
""",  # noqa: S608
    "history of petitions": f"""
INSERT INTO service_petitions_petitionentry
  (case_id, at, move, actor_key, actor_name, agency_id, words)
SELECT id, received_at, 'received', 'anonymous', '民眾', NULL, '' FROM b_petition
UNION ALL SELECT id, received_at + interval '4 hours', 'accept', 'bench', '測試承辦', agency, ''
FROM b_petition WHERE state <> 'received'
UNION ALL SELECT id, closed_at, 'close', 'bench', '測試承辦', agency, ''
FROM b_petition WHERE {_ENDED}
""",  # noqa: S608
    "petitioners": """
INSERT INTO service_petitions_petitioner (petition_id, name, phone, email, address, language)
SELECT id, '測試民眾' || id, '09' || lpad((id %% 100000000)::text, 8, '0'), '', '', ''
FROM b_petition WHERE kind < 0.95
""",
    "tenures of petitions": """
INSERT INTO kernel_people_tenure (subject_kind, subject_id, agency_id, from_at)
SELECT %(kind)s, id, agency, received_at FROM b_petition
""",
}
