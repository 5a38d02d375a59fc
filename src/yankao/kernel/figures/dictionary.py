"""The dictionary of facts: what every column is, how many rows there are, what stands on them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from yankao.base import registry
from yankao.base.errors import NotVisible
from yankao.base.local_names import local
from yankao.kernel.figures import queries
from yankao.kernel.figures.declarations import (
    BOOLEAN,
    CODE,
    DATE,
    DECIMAL,
    INSTANT,
    INTEGER,
    TEXT,
    Column,
    DimensionLabels,
    Fact,
    Figure,
)
from yankao.kernel.lake import queries as lake
from yankao.kernel.lake.models import Partition

COUNTED_BELOW_BYTES = 8_000_000
"""Facts over larger tables are estimated by the planner: counting them would read them whole."""

SCHEMA_TYPES = {
    TEXT: "string",
    INTEGER: "integer",
    DECIMAL: "number",
    BOOLEAN: "boolean",
    INSTANT: "datetime",
    DATE: "date",
}
"""Our types in the words of Table Schema."""

SHEET_HEAD = (
    "fact", "fact_title", "fact_title_en", "column", "type", "zh", "en", "text", "personal_data",
    "figures",
)  # fmt: skip

_LARGEST_TABLE = """
SELECT view.relname, max(pg_relation_size(part.oid))
FROM pg_class view
JOIN pg_rewrite rule ON rule.ev_class = view.oid
JOIN pg_depend need ON need.classid = 'pg_rewrite'::regclass AND need.objid = rule.oid
    AND need.refclassid = 'pg_class'::regclass
JOIN pg_class part ON part.oid = need.refobjid AND part.relkind = 'r'
WHERE view.oid = ANY(%s::regclass[])
GROUP BY view.relname
"""


class FactUnknown(NotVisible):
    """No fact of that name is declared."""


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows a fact has now; ``is_estimate``: the planner's guess, to two digits."""

    count: int
    is_estimate: bool


def fact_named(name: str) -> Fact:
    """The fact of that name. Raises FactUnknown. No query."""
    for fact in queries.facts():
        if fact.name == name:
            return fact
    raise FactUnknown(
        "figures.fact_unknown",
        _("沒有「%(value)s」這份資料。全部資料列在 /facts/。") % {"value": name[:80]},
    )


def facts_with(words: str) -> list[tuple[Any, list[Fact]]]:
    """Systems with their facts that say all the words in a name, title or column. No query."""
    wanted = words.casefold().split()
    found = [
        (system.title, [o for o in system.offers if isinstance(o, Fact) and _says(o, wanted)])
        for system in registry.systems()
    ]
    return [(title, facts) for title, facts in found if facts]


def _says(fact: Fact, wanted: Iterable[str]) -> bool:
    columns = " ".join(f"{c.name} {c.zh} {c.en}" for c in fact.shown_columns)
    text = f"{fact.name} {fact.title} {fact.description} {columns}".casefold()
    return all(word in text for word in wanted)


def figures_on(fact: Fact) -> list[Figure]:
    """The figures that stand on a fact. No query."""
    return [figure for figure in queries.figures() if figure.fact is fact]


def rows_of(facts: Sequence[Fact]) -> Mapping[str, Rows]:
    """Fact name → its rows now. Two queries for all, and a plan for each that is large."""
    if not facts:
        return {}
    sizes = _sizes(facts)
    large = [fact for fact in facts if sizes.get(fact.relation, 0) >= COUNTED_BELOW_BYTES]
    found = {fact.name: Rows(_estimated(fact), is_estimate=True) for fact in large}
    small = [fact for fact in facts if fact not in large]
    return found | {name: Rows(count, is_estimate=False) for name, count in _counted(small)}


def _sizes(facts: Sequence[Fact]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_LARGEST_TABLE, [[fact.relation for fact in facts]])
        return dict(cursor.fetchall())


def _counted(facts: Sequence[Fact]) -> list[tuple[str, int]]:
    if not facts:
        return []
    counts = [f'SELECT %s, count(*) FROM "{fact.relation}"' for fact in facts]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts), [fact.name for fact in facts])
        return list(cursor.fetchall())


def _estimated(fact: Fact) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'EXPLAIN (FORMAT JSON) SELECT FROM "{fact.relation}"')
        plan = cursor.fetchone()[0]
    rows = int(plan[0]["Plan"]["Plan Rows"])
    return round(rows, min(0, 2 - len(str(rows))))


def codes_of(fact: Fact, column: Column) -> Mapping[str, str]:
    """Code → name of a column of codes, in the order of its labels; perhaps a query."""
    for offer in labels_for(fact, column):
        return {code: str(local(name)) for code, name in offer.labels().items()}
    return {}


def labels_for(fact: Fact, column: Column) -> list[DimensionLabels]:
    """What is offered to name the codes of a column, the fact's own before what is for all."""
    offers = [o for o in registry.offers(DimensionLabels) if o.dimension == column.name]
    return [o for o in offers if o.fact == fact.name] + [o for o in offers if not o.fact]


# --- for machines --------------------------------------------------------------------------------


_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
_PARQUET = {"format": "parquet", "mediatype": "application/vnd.apache.parquet"}
Address = Callable[[Partition], str]
"""Where a partition is downloaded, as a whole address."""


def package(address: Address) -> dict[str, Any]:
    """All facts as a Data Package: their schemas and the files of closed months. One query."""
    files: dict[str, list[Partition]] = {}
    for one in lake.partitions_between(date.min, date.max):
        files.setdefault(one.fact, []).append(one)
    return {
        "$schema": _PACKAGE,
        "name": "yankao-facts",
        "title": _chinese("資料字典"),
        "resources": [
            {
                **_described(fact),
                "schema": schema_of(fact, with_codes=False),
                **_found_at(files.get(fact.name, []), address),
            }
            for fact in queries.facts()
        ],
    }


def _found_at(files: Sequence[Partition], address: Address) -> dict[str, Any]:
    if not files:
        return {"data": []}
    size = sum(one.size for one in files)
    return {**_PARQUET, "path": [address(one) for one in files], "bytes": size}


def package_of(fact: Fact, address: Address) -> dict[str, Any]:
    """One fact as a Data Package: a resource a closed month, to be checked by its SHA-256.

    One query.
    """
    files = [one for one in lake.partitions_between(date.min, date.max) if one.fact == fact.name]
    return {
        "$schema": _PACKAGE,
        **_described(fact),
        "resources": [
            {
                "name": f"{fact.name}-{one.month:%Y-%m}",
                "month": f"{one.month:%Y-%m}",
                "revision": one.revision,
                **_PARQUET,
                "path": address(one),
                "bytes": one.size,
                "hash": f"sha256:{one.sha256}",
                "rows": one.rows,
                "schema": schema_of(fact, with_codes=False),
            }
            for one in files
        ],
    }


def _described(fact: Fact) -> dict[str, Any]:
    return {
        "name": fact.name,
        "title": _chinese(fact.title),
        "title_en": _english(fact.title),
        "description": _chinese(fact.description),
        "description_en": _english(fact.description),
        "personal_data": fact.personal_data,
        "figures": [figure.name for figure in figures_on(fact)],
    }


def schema_of(fact: Fact, *, with_codes: bool) -> dict[str, Any]:
    """A fact's Table Schema; with the codes' names a query for each column that has some."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(fact, column, with_codes=with_codes) for column in fact.shown_columns],
        "missingValues": [""],
    }


def _field(fact: Fact, column: Column, *, with_codes: bool) -> dict[str, Any]:
    use = fact.text_of(column)
    field = {
        "name": column.name,
        "type": SCHEMA_TYPES[column.type],
        "title": column.zh,
        "title_en": column.en,
    }
    if use is not None:
        field["text"] = use.value
    if not (with_codes and use is CODE):
        return field
    codes = [{"value": code, "label": label} for code, label in codes_of(fact, column).items()]
    return {**field, "categories": codes} if codes else field


def sheet_rows(facts: Iterable[Fact]) -> list[Sequence[Any]]:
    """One row a column, in the order of SHEET_HEAD. No query."""
    return [
        (
            fact.name, _chinese(fact.title), _english(fact.title), column.name, column.type.value,
            column.zh, column.en, fact.text_of(column) or "", fact.personal_data,
            " ".join(figure.name for figure in figures_on(fact)),
        )
        for fact in facts
        for column in fact.shown_columns
    ]  # fmt: skip


def _chinese(text: Any) -> str:
    with translation.override("zh-hant"):
        return str(text)


def _english(text: Any) -> str:
    with translation.override("en"):
        return str(text)
