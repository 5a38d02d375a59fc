"""Pages by cursor: the thousandth costs what the first does, and nothing is counted to the end.

An order is one stretch or several, read one after the other ("urgent ones, then the rest"). The
columns of a stretch all run one way and end with a unique one, so that an index is entered where
the cursor points.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import (
    BooleanField,
    F,
    Field,
    ForeignKey,
    Func,
    IntegerField,
    Model,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.utils.translation import gettext as _

from yankao.base.errors import Unreadable

COUNT_UNTIL = 10_000
LONGEST_CURSOR = 400
_EARLIEST, _LATEST = 1900, 2200
_LARGEST = 2**63 - 1

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")


class CursorWrong(Unreadable):
    """The cursor in the address is not one of ours, or belongs to another order."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows that match ``of``, by these columns (lookups), the last of them unique."""

    columns: tuple[str, ...]
    descending: bool = False
    of: Q = field(default_factory=Q)


@dataclass(frozen=True, slots=True)
class Order:
    """A named order; the name is written into its cursors."""

    name: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Shown]):
    """Rows with the cursors of the pages beside them ("" = none).

    ``total`` is counted up to ``COUNT_UNTIL``; beyond that ``total_is_exact`` is False.
    """

    rows: list[Shown]
    next: str
    previous: str
    total: int
    total_is_exact: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: after (or, going back, before) these values of a stretch."""

    stretch: int
    values: tuple[Any, ...]
    back: bool


@dataclass(frozen=True, slots=True)
class _Key:
    """A row's key, its stretch, the values it is ordered by, and how many rows there are."""

    key: Any
    stretch: int
    values: Sequence[Any]
    counted: int


class _Beyond(Func):
    """``(a, b) > (x, y)``: a comparison of rows, which an index on (a, b) answers."""

    output_field = BooleanField()

    def __init__(self, operator: str, columns: Sequence[str], values: Sequence[Any]) -> None:
        super().__init__(*(F(name) for name in columns), *(Value(value) for value in values))
        self.operator = operator

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any
    ) -> tuple[str, list[Any]]:
        compiled = [compiler.compile(part) for part in self.get_source_expressions()]
        texts = [sql for sql, _parameters in compiled]
        middle = len(texts) // 2
        left, right = ", ".join(texts[:middle]), ", ".join(texts[middle:])
        given = [one for _sql, parameters in compiled for one in parameters]
        return f"({left}) {self.operator} ({right})", given


def page_of(
    rows: QuerySet[Row], order: Order, *, cursor: str, size: int, related: Sequence[str] = ()
) -> Page[Row]:
    """One page of the rows, with what ``related`` names loaded. Raises CursorWrong.

    Two queries, for a full page: keys with the count, then the rows. Joins beside the order's own
    would hide its index from the planner.
    """
    every = rows.model._default_manager.select_related(*related)
    return _page(rows, order, cursor, size, every.in_bulk)


def lines_of(
    rows: QuerySet[Any], order: Order, *, cursor: str, size: int, columns: Mapping[str, str]
) -> Page[dict[str, Any]]:
    """``page_of`` with these columns only (name → lookup): a third of the time that models take."""
    every = rows.model._default_manager.order_by()

    def load(keys: list[Any]) -> dict[Any, dict[str, Any]]:
        found = every.filter(pk__in=keys).values_list("pk", *columns.values())
        return {key: dict(zip(columns, cells, strict=True)) for key, *cells in found}

    return _page(rows, order, cursor, size, load)


def _page(
    rows: QuerySet[Any],
    order: Order,
    cursor: str,
    size: int,
    load: Callable[[list[Any]], Mapping[Any, Shown]],
) -> Page[Shown]:
    place = _read(cursor, order, rows.model) if cursor else None
    back = place is not None and place.back
    found = _from(rows, order, place, size + 1)
    counted = found[0].counted if found else capped_count(rows) if place else 0
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    before, after = (more, True) if back else (place is not None, more)
    loaded = load([k.key for k in found])
    return Page(
        rows=[loaded[k.key] for k in found if k.key in loaded],
        next=_write(order, found[-1], back=False) if found and after else "",
        previous=_write(order, found[0], back=True) if found and before else "",
        total=min(counted, COUNT_UNTIL),
        total_is_exact=counted <= COUNT_UNTIL,
    )


def capped_count(rows: QuerySet[Any]) -> int:
    """How many; counting ends one after ``COUNT_UNTIL``."""
    return rows.order_by()[: COUNT_UNTIL + 1].count()


class _Counted(Subquery):
    """``capped_count`` within another query: asked once for all its rows."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS capped)"
    output_field = IntegerField()


def _from(rows: QuerySet[Row], order: Order, place: _Place | None, most: int) -> list[_Key]:
    """The keys of up to ``most`` rows, in the direction one goes."""
    back = place is not None and place.back
    numbers = range(len(order.stretches))
    if place is not None:
        numbers = range(place.stretch, -1, -1) if back else numbers[place.stretch :]
    counted = _Counted(rows.order_by().values("pk")[: COUNT_UNTIL + 1])
    found: list[_Key] = []
    for number in numbers:
        stretch = order.stretches[number]
        values = place.values if place is not None and number == place.stretch else None
        part = _stretch(rows, stretch, values, back=back)
        keys = part.values_list("pk", counted, *stretch.columns)[: most - len(found)]
        found += [_Key(key, number, rest, total) for key, total, *rest in keys]
        if len(found) == most:
            break
    return found


def _stretch(
    rows: QuerySet[Row], stretch: Stretch, values: Sequence[Any] | None, *, back: bool
) -> QuerySet[Row]:
    down = stretch.descending != back
    part = rows.filter(stretch.of)
    if values is not None:
        # the first column by itself as well: an index of another table on it alone can be entered
        first = {f"{stretch.columns[0]}__{'lte' if down else 'gte'}": values[0]}
        part = part.filter(_Beyond("<" if down else ">", stretch.columns, values), **first)
    return part.order_by(*(f"-{name}" if down else name for name in stretch.columns))


def _write(order: Order, key: _Key, *, back: bool) -> str:
    values = [one.isoformat() if isinstance(one, datetime) else one for one in key.values]
    text = json.dumps([order.name, int(back), key.stretch, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, order: Order, model: type[Model]) -> _Place:
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError(cursor)
        padded = cursor + "=" * (-len(cursor) % 4)
        name, back, number, *values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        stretch = _known(order, name, back, number)
        given = [
            _checked(_field(model, path), value)
            for path, value in zip(stretch.columns, values, strict=True)
        ]
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error, ValidationError):
        message = _("這一頁的網址不完整或已經變動。請回清單的第一頁再看。")
        raise CursorWrong("base.cursor_wrong", message) from None
    return _Place(number, tuple(given), bool(back))


def _known(order: Order, name: Any, back: Any, number: Any) -> Stretch:
    if name != order.name or back not in (0, 1) or type(number) is not int or number < 0:
        raise ValueError(name)
    return dict(enumerate(order.stretches))[number]


def _field(model: type[Model], path: str) -> Field[Any, Any]:
    """The column a path of lookups ends at."""
    *relations, last = path.split("__")
    for name in relations:
        related = model._meta.get_field(name).related_model
        assert isinstance(related, type), "an order's path leads along foreign keys"
        model = related
    by_column: Mapping[str, Any] = {one.attname: one for one in model._meta.concrete_fields}
    column: Field[Any, Any] = by_column[last]
    return column.target_field if isinstance(column, ForeignKey) else column


def _checked(column: Field[Any, Any], value: Any) -> Any:
    """The value as the column holds it; what no row can hold is wrong."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(value)
    checked = column.to_python(value)
    if isinstance(checked, datetime):
        fits = checked.tzinfo is not None and _EARLIEST <= checked.year <= _LATEST
    elif isinstance(checked, int):
        fits = abs(checked) <= _LARGEST
    else:
        fits = isinstance(checked, str) and checked.isprintable()
    if not fits:
        raise ValueError(value)
    return checked
