"""Nobody is in a fact: what its columns say they hold, and what its view really reads."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from yankao.kernel.figures import dictionary, queries
from yankao.kernel.figures.declarations import (
    BOOLEAN,
    CODE,
    DATE,
    DECIMAL,
    INSTANT,
    INTEGER,
    PUBLIC_TEXT,
    TEXT,
    Column,
    Fact,
)

FACTS = queries.facts()
PUBLIC_TEXTS = {("service.knowledge.entries", "question"): "the question of a published entry"}
"""Texts of facts that everybody can read anyway."""
PERSONAL = {
    "name", "phone", "email", "address", "lat", "lng", "point", "ip", "caller", "digest", "title",
    "content", "text", "words", "remark", "description", "body", "subject", "note", "reason",
    "birthday", "identity", "plate", "handle", "token",
}  # fmt: skip
"""Names of columns that hold who somebody is, where, or what somebody wrote; also behind a _."""
CODES = {
    "service_dispatch_case.number", "service_dispatch_case.place_problem",
    "service_dispatch_case.channel", "service_dispatch_case.state",
    "service_petitions_petition.number", "service_petitions_petition.channel",
    "service_petitions_petition.state", "service_bot_turn.agency", "service_calls_call.queue",
    "service_knowledge_entry.number", "service_satisfaction_response.subject_kind",
    "service_satisfaction_invitation.subject_kind", "kernel_notices_notice.template_key",
    "kernel_obligations_obligation.kind", "kernel_obligations_obligation.state",
    "kernel_obligations_obligation.number",
    "kernel_notices_notice.status", "kernel_notices_notice.channel",
    "kernel_notices_notice.failure", "service_citizens_pushday.category",
}  # fmt: skip
"""Text columns without choices that hold codes or numbers of ours all the same."""
READABLE = {"service_knowledge_entry.question"}
PLAIN = (
    models.BooleanField, models.DateField, models.DateTimeField, models.IntegerField,
    models.BigIntegerField, models.DecimalField, models.UUIDField, models.AutoField,
)  # fmt: skip
SQL_TYPES = {
    TEXT: {"text", "character varying"},
    INTEGER: {"integer", "bigint", "smallint"},
    DECIMAL: {"numeric"},
    BOOLEAN: {"boolean"},
    INSTANT: {"timestamp with time zone"},
    DATE: {"date"},
}
_VIEWS = """
WITH RECURSIVE view(oid) AS (
    SELECT %s::regclass::oid
    UNION
    SELECT part.oid
    FROM view
    JOIN pg_rewrite rule ON rule.ev_class = view.oid
    JOIN pg_depend need ON need.classid = 'pg_rewrite'::regclass AND need.objid = rule.oid
        AND need.refclassid = 'pg_class'::regclass
    JOIN pg_class part ON part.oid = need.refobjid AND part.relkind IN ('v', 'm')
)
SELECT view.oid, pg_get_viewdef(view.oid) FROM view
"""
_NEEDS = """
SELECT DISTINCT part.relname || '.' || need_column.attname, need.refobjid::regproc::text
FROM pg_rewrite rule
JOIN pg_depend need ON need.classid = 'pg_rewrite'::regclass AND need.objid = rule.oid
    AND need.refobjid <> rule.ev_class
LEFT JOIN pg_class part ON need.refclassid = 'pg_class'::regclass
    AND part.oid = need.refobjid AND part.relkind NOT IN ('v', 'm')
LEFT JOIN pg_attribute need_column ON need_column.attrelid = part.oid
    AND need_column.attnum = need.refobjsubid AND need.refobjsubid > 0
WHERE rule.ev_class = ANY(%s)
    AND (need_column.attname IS NOT NULL OR need.refclassid = 'pg_proc'::regclass)
"""


def by_name(fact: Fact) -> str:
    return fact.name


def what_is_wrong(fact: Fact) -> list[str]:
    """What its declaration leaves open."""
    wrong = [] if str(fact.description) and fact.personal_data == "none" else ["no description"]
    for column in fact.columns:
        use = fact.text_of(column)
        if not column.zh or not re.fullmatch(r"[\x20-\u02ff]+", column.en):
            wrong.append(f"{column.name}: say what it is in Chinese and in English")
        if column.type is TEXT and use is None:
            wrong.append(f"{column.name}: text=CODE or PUBLIC_TEXT, or it is no column of a fact")
        if use is CODE and not dictionary.labels_for(fact, column):
            wrong.append(f"{column.name}: offer DimensionLabels for its codes")
        if use is PUBLIC_TEXT and (fact.name, column.name) not in PUBLIC_TEXTS:
            wrong.append(f"{column.name}: is that text public? then say so in this test")
        if column.name in {"lat", "lng", "latitude", "longitude", "x", "y", "point"}:
            wrong.append(f"{column.name}: a fact holds districts, no coordinates")
    return wrong


@pytest.mark.parametrize("fact", FACTS, ids=by_name)
def test_every_column_is_declared_as_what_it_is(fact: Fact) -> None:
    assert what_is_wrong(fact) == []


def test_an_undeclared_column_is_found() -> None:
    def fact(*columns: Column) -> Fact:
        own = (Column("id", INTEGER, "鍵", "key"), Column("number", TEXT, "號", "number"))
        return Fact(
            name="a.b.c", title="甲", description="乙", relation="abc", columns=(*own, *columns),
            subject_kind="a.b", subject_id="id", number="number", agency="",
        )  # fmt: skip

    assert what_is_wrong(fact()) == []
    assert what_is_wrong(fact(Column("remark", TEXT, "備註", "remark")))
    assert what_is_wrong(fact(Column("remark", TEXT, "備註", "remark", text=PUBLIC_TEXT)))
    assert what_is_wrong(fact(Column("remark", TEXT, "備註", "remark", text=CODE)))
    assert what_is_wrong(fact(Column("days", INTEGER, "日數")))
    assert what_is_wrong(fact(Column("lat", DECIMAL, "緯度", "latitude")))


def fields() -> dict[str, Any]:
    """table.column → field, of all models."""
    return {
        f"{model._meta.db_table}.{field.column}": field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
    }


def is_personal(column: str) -> bool:
    return any(part in PERSONAL for part in (column, *column.split("_")))


def may_be_read(place: str, field: Any) -> bool:
    column = place.split(".")[1]
    if place in READABLE:
        return True
    if field is None or is_personal(column.removesuffix("_id")):
        return place in {"kernel_obligations_obligation.subject_id", *CODES}
    if field.is_relation or field.choices or place in CODES:
        return True
    if isinstance(field, models.CharField):
        return bool(field.primary_key)
    return isinstance(field, PLAIN)


def violations(relation: str) -> list[str]:
    """What a view reads that may not be in a fact."""
    known = fields()
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS, [relation])
        views = dict(cursor.fetchall())
        cursor.execute(_NEEDS, [list(views)])
        needs = cursor.fetchall()
    assert any(place for place, _function in needs), f"{relation} reads nothing"
    wrong = [place for place, _f in needs if place and not may_be_read(place, known.get(place))]
    functions = [function for place, function in needs if not place]
    whole = [found for text in views.values() for found in re.findall(r"\w+\.\*", text)]
    return sorted([*wrong, *functions, *whole])


@pytest.mark.django_db
@pytest.mark.parametrize("fact", FACTS, ids=by_name)
def test_no_view_reads_what_names_or_describes_somebody(fact: Fact) -> None:
    assert violations(fact.relation) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "select",
    [
        "SELECT phone AS number FROM service_dispatch_reporter",
        "SELECT c.id, left(c.description, 3) AS item FROM service_dispatch_case c",
        "SELECT c.id FROM service_dispatch_case c JOIN service_dispatch_reporter r"
        " ON r.case_id = c.id WHERE r.name <> ''",
        "SELECT p.id, p.title FROM service_petitions_petition p",
        "SELECT c.id, c.lat FROM service_dispatch_case c",
        "SELECT case_id, row_to_json(r)::text AS item FROM service_dispatch_reporter r",
        "SELECT c.id, told(c.id) AS item FROM service_dispatch_case c",
    ],
)
def test_a_view_that_does_is_found(select: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION told(bigint) RETURNS text LANGUAGE sql AS"
            " 'SELECT phone FROM service_dispatch_reporter LIMIT 1'"
        )
        cursor.execute(f"CREATE VIEW planted AS {select}")
        cursor.execute("CREATE VIEW behind_it AS SELECT * FROM planted")
    assert violations("planted")
    assert violations("behind_it")


@pytest.mark.django_db
@pytest.mark.parametrize("fact", FACTS, ids=by_name)
def test_the_view_has_the_columns_that_are_declared(fact: Fact) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
            [fact.relation],
        )
        there = dict(cursor.fetchall())
    assert set(there) == {column.name for column in fact.columns}
    for column in fact.columns:
        assert there[column.name] in SQL_TYPES[column.type], column.name
