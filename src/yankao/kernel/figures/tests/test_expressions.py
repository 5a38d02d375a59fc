"""One expression, compiled once, for whichever engine."""

import ibis
import pytest

from yankao.kernel.figures import expressions
from yankao.kernel.figures.declarations import UNKNOWN, Figure
from yankao.kernel.figures.expressions import Part, shape_of
from yankao.kernel.figures.tests.toy import FIGURES, ON_TIME, PAID, RECEIVED


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_the_same_expression_compiles_for_duckdb(figure: Figure) -> None:
    shape = shape_of({"agency": ("A", UNKNOWN)}, ("district",))
    assert "toy_repairs" in ibis.to_sql(expressions.measured(figure, shape), dialect="duckdb")


def test_a_shape_is_compiled_once() -> None:
    first = expressions.compiled.measure(RECEIVED, shape_of({"agency": ("A",)}, ("district",)))
    again = expressions.compiled.measure(RECEIVED, shape_of({"agency": ("B",)}, ("district",)))
    other = expressions.compiled.measure(RECEIVED, shape_of({"agency": ("A",)}, ("agency",)))
    assert first is again
    assert first != other


def test_more_codes_are_no_other_shape() -> None:
    codes = tuple(f"code {number}" for number in range(200))
    assert shape_of({"agency": codes}) == shape_of({"agency": ("A",)})
    assert shape_of({"agency": (*codes, UNKNOWN)}) == shape_of({"agency": (UNKNOWN,)})


def test_codes_are_never_in_the_sql() -> None:
    filters = {"agency": ("secret",)}
    sql = expressions.compiled.list(ON_TIME, shape_of(filters), Part.REST)
    assert "secret" not in sql
    assert '"agency" = ANY(%(agency__codes)s::text[])' in sql
    assert expressions.filter_parameters(filters) == {"agency__codes": ["secret"]}


@pytest.mark.parametrize(("figure", "starts"), [(RECEIVED, "starts_at"), (PAID, "starts_on")])
def test_a_series_is_looked_up_not_joined(figure: Figure, starts: str) -> None:
    shape = shape_of({"agency": ("A",)}, ("district",))
    sql = expressions.compiled.measure(figure, shape)
    assert expressions.BOUNDS not in sql
    assert f"%({starts})s::" in sql
    assert "⟦" not in sql
