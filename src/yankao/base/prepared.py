"""Queries whose SQL is written once in a process.

Django spends more time on writing a small query than PostgreSQL on answering it. What every report
that comes in asks for again – the item, the route, the text, who hears of it – is declared so::

    @Prepared
    def _texts() -> QuerySet[Template, tuple[str, int]]:
        rows = Template.objects.filter(key=Asked("key"), channel=Asked("channel"))
        return rows.values_list("subject", "version")

    _texts(key="dispatch.received", channel="sms")  # a list of tuples
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.expressions import Expression, F, Func

Row = TypeVar("Row")


class Asked(Expression):
    """A place in a prepared query, filled anew each time: what a lookup compares with."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        """A mark, and this very place instead of a value."""
        return "%s", [self]


def among(column: str, name: str) -> Func:
    """The condition that the column is one of the list that fills the place."""
    return Func(
        F(column),
        Asked(name),
        template="(%(expressions)s))",
        arg_joiner=" = ANY (",
        output_field=models.BooleanField(),
    )


@dataclass(frozen=True, slots=True)
class _Written:
    sql: str
    parameters: Sequence[Any]
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], Any]]
    build: Callable[[Sequence[Any]], Any]


class Prepared(Generic[Row]):
    """A declared query; called with its places' values, it asks.

    Of models or of ``values_list``; no related rows are brought along.
    """

    def __init__(self, make: Callable[[], models.QuerySet[Any, Row]]) -> None:
        self._make = make
        self._written: _Written | None = None
        self._lock = Lock()

    def __call__(self, **values: Any) -> list[Row]:
        """The rows; values go as they are to PostgreSQL. Raises KeyError for a place left empty."""
        written = self._written or self._write()
        parameters = [values[p.name] if isinstance(p, Asked) else p for p in written.parameters]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, parameters)
            rows = cursor.fetchall()
        return [written.build(_converted(row, written.converters)) for row in rows]

    def _write(self) -> _Written:
        with self._lock:
            asked = self._make()
            compiler = asked.query.get_compiler(connection=connection)
            sql, parameters = compiler.as_sql()
            found = compiler.get_converters(column[0] for column in compiler.select)
            converters = [(position, *how) for position, how in found.items()]
            names = [field.attname for field in asked.model._meta.concrete_fields]
            of_model = partial(asked.model.from_db, connection.alias, names)
            build = tuple if asked.query.values_select else of_model
            self._written = _Written(sql, parameters, converters, build)
            return self._written


def _converted(row: Sequence[Any], how: Sequence[tuple[int, Any, Any]]) -> Sequence[Any]:
    values = list(row)
    for position, converters, expression in how:
        for convert in converters:
            values[position] = convert(values[position], expression, connection)
    return values
