"""Prepared queries answer as the query they were declared from, with the values of the moment."""

from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext, isolate_apps

from yankao.base.prepared import Asked, Prepared, among

pytestmark = pytest.mark.django_db

with isolate_apps("yankao.base"):

    class Thing(models.Model):  # noqa: DJ008 – nobody reads it
        code = models.CharField(max_length=3, primary_key=True)
        name = models.TextField()
        details = models.JSONField(null=True)

        class Meta:
            app_label = "base"


@pytest.fixture(autouse=True)
def things() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE base_thing (code text PRIMARY KEY, name text, details jsonb)"
            " ON COMMIT DROP"
        )
    for code, name in (("801", "新興區"), ("802", "前金'區"), ("803", "%s 區")):
        Thing.objects.create(code=code, name=name)


def texts(answer: list[tuple[str]]) -> list[str]:
    return [text for (text,) in answer]


def test_every_call_has_its_own_values_and_one_sql() -> None:
    @Prepared
    def by_code() -> models.QuerySet[Thing, tuple[str]]:
        return Thing.objects.filter(code=Asked("code")).values_list("name")

    with CaptureQueriesContext(connection) as asked:
        assert texts(by_code(code="801")) == ["新興區"]
        assert texts(by_code(code="803")) == ["%s 區"]
        assert texts(by_code(code="' OR true --")) == []
    assert len(asked) == 3


def test_the_sql_is_written_once() -> None:
    written = []

    @Prepared
    def all_codes() -> models.QuerySet[Thing, tuple[str]]:
        written.append(1)
        return Thing.objects.order_by("-code").values_list("code")

    assert [all_codes() for _ in range(3)] == [[("803",), ("802",), ("801",)]] * 3
    assert written == [1]


def test_among_takes_lists_of_any_length() -> None:
    some = Prepared(
        lambda: Thing.objects.filter(among("code", "codes")).order_by("code").values_list("code")
    )
    for codes in ([], ["802"], ["803", "801", "899"]):
        assert texts(some(codes=codes)) == sorted({*codes} - {"899"})


def test_models_come_as_of_a_query_and_know_where_they_are_from() -> None:
    ask: Prepared[Thing] = Prepared(lambda: Thing.objects.filter(name=Asked("name")))
    [row] = ask(name="前金'區")
    assert row == Thing.objects.get(code="802")
    assert not row._state.adding
    row.name = "前金區"
    row.save()
    assert Thing.objects.get(code="802").name == "前金區"


def test_what_a_column_converts_is_converted() -> None:
    details: dict[str, Any] = {"unit": "件", "needs": ["a", None]}
    Thing.objects.filter(code="802").update(details=details)
    ask: Prepared[tuple[Any]] = Prepared(
        lambda: Thing.objects.order_by("code").values_list("details")
    )
    assert ask() == [(None,), (details,), (None,)]


def test_an_empty_place_is_an_error() -> None:
    ask = Prepared(lambda: Thing.objects.filter(code=Asked("code")).values_list("code"))
    with pytest.raises(KeyError, match="code"):
        ask(cod="801")
