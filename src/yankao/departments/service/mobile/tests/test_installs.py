"""Installations: each counted once, of nobody; and what came in by the app."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW
from yankao.departments.service.dispatch.tests.conftest import Town, home, town  # noqa: F401
from yankao.departments.service.mobile import services
from yankao.departments.service.mobile.models import InstallCount
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures.rules import parse_period

pytestmark = pytest.mark.django_db


def install(client: Client, kind: Any = "android") -> int:
    address = "/api/mobile/installs"
    return client.post(address, {"kind": kind}, content_type="application/json").status_code


def counted() -> list[tuple[str, str, int]]:
    rows = InstallCount.objects.order_by("day", "kind").values_list("day", "kind", "installs")
    return [(f"{day}", kind, installs) for day, kind, installs in rows]


def value(name: str, period: str, at: datetime = NOW, **filters: str) -> Any:
    figure = figures.figure_named(name)
    return figures.value_of(figure, parse_period(period), as_of=at, filters=filters).value


def test_each_post_is_one_installation_of_its_day_and_kind(client: Client) -> None:
    before_midnight = datetime.fromisoformat("2026-07-01T23:59:00+08:00")
    with time_machine.travel(before_midnight, tick=False):
        assert [install(client), install(client), install(client, "ios")] == [204] * 3
    with time_machine.travel(before_midnight + timedelta(minutes=1), tick=False):
        assert install(client) == 204
    assert counted() == [
        ("2026-07-01", "android", 2), ("2026-07-01", "ios", 1), ("2026-07-02", "android", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["", "Android", "王小明", None, 3])
def test_nothing_else_can_be_told(client: Client, kind: Any) -> None:
    assert install(client, kind) == 422
    assert counted() == []


def test_an_address_counts_so_many(client: Client, settings: Any) -> None:
    doors = {"service.mobile.installs": {"limits": [[1, 3600]]}}
    settings.CITY = {**settings.CITY, "doors": doors}
    with time_machine.travel(NOW, tick=False):
        assert [install(client), install(client)] == [204, 429]
    assert [installs for *_of, installs in counted()] == [1]


def test_no_person_address_or_machine_has_a_column() -> None:
    assert {field.name for field in InstallCount._meta.get_fields()} == {
        "id", "day", "kind", "installs",
    }  # fmt: skip


def test_figures_of_installations_add_up() -> None:
    for at, kind in (
        (NOW, "android"), (NOW, "android"), (NOW, "ios"), (NOW - timedelta(days=40), "ios"),
    ):  # fmt: skip
        services.count_install(kind=kind, at=at)
    month = f"{NOW:%Y-%m}"
    later = NOW + timedelta(days=60)
    assert value("service.mobile.installs", month, later) == 3
    assert value("service.mobile.installs", month, later, kind="ios") == 1
    assert value("service.mobile.installs", f"{NOW:%Y}", later) == 4


@pytest.mark.usefixtures("home")
def test_only_reports_by_the_app_are_counted(town: Town) -> None:  # noqa: F811
    town.report(channel="app")
    town.report(channel="web")
    assert value("service.mobile.dispatches", f"{NOW:%Y-%m}", NOW + timedelta(days=60)) == 1
