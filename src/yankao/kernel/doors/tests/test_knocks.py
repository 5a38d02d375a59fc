"""Counting who knocks: exactly, together, and never in the way of the work."""

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from tests.cast import NOW
from yankao.base.clock import TAIPEI
from yankao.kernel.doors import declarations, queries, rules, services
from yankao.kernel.doors.declarations import Door
from yankao.kernel.doors.models import SpentPuzzle, Tally
from yankao.kernel.doors.rules import Knocker
from yankao.kernel.doors.tests.conftest import API, FORM

HOME = Knocker.at("203.0.113.7")


def knock_times(times: int, *, who: Knocker = HOME, at: datetime = NOW, door: str = FORM) -> int:
    for _ in range(times):
        verdict = services.knock(door=door, who=who, at=at)
    return verdict.count


# --- rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:b011:1:2::1", "2001:b011:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:b011:1:2::1", "2001:b011:1:3::1", False),
        ("2001:B011:0001:2::1", "2001:b011:1:2::9", True),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "what is this", True),
    ],
)
def test_which_addresses_are_one_knocker(one, other, same) -> None:
    assert (Knocker.at(one) == Knocker.at(other)) is same


def test_a_record_is_no_address() -> None:
    assert Knocker.on("203.0.113.7") != Knocker.at("203.0.113.7")


@pytest.mark.parametrize(
    ("seconds", "start"),
    [
        (60, datetime(2026, 3, 4, 23, 59, tzinfo=TAIPEI)),
        (600, datetime(2026, 3, 4, 23, 50, tzinfo=TAIPEI)),
        (3600, datetime(2026, 3, 4, 23, 0, tzinfo=TAIPEI)),
        (86_400, datetime(2026, 3, 4, 0, 0, tzinfo=TAIPEI)),
    ],
)
def test_windows_begin_at_midnight_in_taipei(seconds, start) -> None:
    at = datetime(2026, 3, 4, 23, 59, 59, 999_999, tzinfo=TAIPEI)
    assert rules.window_start(at, seconds) == start
    assert rules.seconds_left(at, seconds) == 1
    assert rules.seconds_left(at + timedelta(microseconds=1), seconds) == seconds


@pytest.mark.parametrize("limits", [(), ((0, 60),), ((1, 0),), ((1, 7),), ((1, 7 * 86_400),)])
def test_limits_that_make_no_sense(limits) -> None:
    with pytest.raises(ValueError, match="limits"):
        Door("x", "x", limits=limits)


@pytest.mark.parametrize(
    ("wanted", "limits", "puzzle_after"),
    [
        ({"limits": [[9, 60]]}, ((9, 60),), 2),
        ({"puzzle_after": 1}, ((5, 3600), (7, 86_400)), 1),
        ({"limits": [[9, 61]]}, ((5, 3600), (7, 86_400)), 2),
        ({"limits": "many"}, ((5, 3600), (7, 86_400)), 2),
        (["many"], ((5, 3600), (7, 86_400)), 2),
    ],
)
def test_the_city_sets_limits_and_bad_ones_do_not_hold(
    settings, wanted, limits, puzzle_after
) -> None:
    settings.CITY = {**settings.CITY, "doors": {FORM: wanted}}
    opened = declarations.door(FORM)
    assert (opened.limits, opened.puzzle_after) == (limits, puzzle_after)


def test_the_citys_doors_exist_and_can_be_read(settings) -> None:
    for name, wanted in settings.CITY.get("doors", {}).items():
        assert declarations.overridden(declarations.door(name), wanted)


# --- counting ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_sixth_within_the_hour_comes_back_later() -> None:
    assert knock_times(5) == 5
    with pytest.raises(services.TooManyKnocks, match="60 分鐘後") as refused:
        services.knock(door=FORM, who=HOME, at=NOW)
    assert refused.value.again_after_seconds == 3600
    assert services.knock(door=FORM, who=Knocker.at("203.0.113.8"), at=NOW).count == 1
    assert services.knock(door=API, who=HOME, at=NOW).count == 1


@pytest.mark.django_db
def test_the_longer_window_holds_over_the_next_hour() -> None:
    knock_times(5)
    later = NOW + timedelta(hours=1)
    assert knock_times(2, at=later) == 2
    with pytest.raises(services.TooManyKnocks) as refused:
        services.knock(door=FORM, who=HOME, at=later)
    assert refused.value.again_after_seconds == 13 * 3600
    assert knock_times(5, at=NOW + timedelta(days=1)) == 5


@pytest.mark.django_db
def test_with_two_windows_used_up_the_later_end_counts() -> None:
    knock_times(5)
    for left in (3600, 3600, 14 * 3600):
        with pytest.raises(services.TooManyKnocks) as refused:
            services.knock(door=FORM, who=HOME, at=NOW)
        assert refused.value.again_after_seconds == left


@pytest.mark.django_db
def test_a_puzzle_is_due_past_the_quiet_threshold() -> None:
    due = [services.knock(door=FORM, who=HOME, at=NOW).puzzle_due for _ in range(4)]
    assert due == [False, False, True, True]
    assert not services.knock(door=API, who=HOME, at=NOW).puzzle_due


@pytest.mark.django_db
def test_forgiven_knocks_do_not_count() -> None:
    for _ in range(20):
        services.knock(door=FORM, who=HOME, at=NOW)
        services.forgive(door=FORM, who=HOME, at=NOW)
    services.forgive(door=FORM, who=HOME, at=NOW)
    assert knock_times(1) == 1


@pytest.mark.django_db
def test_no_address_is_stored_and_days_cannot_be_linked() -> None:
    knock_times(1)
    knock_times(1, at=NOW + timedelta(days=1))
    rows = Tally.objects.filter(seconds=3600).order_by("started_at")
    first, second = (row.who for row in rows)
    assert first != second
    assert "203.0.113" not in str(list(Tally.objects.values()))


@pytest.mark.django_db
def test_an_unknown_door_is_a_mistake_of_ours() -> None:
    with pytest.raises(LookupError):
        services.knock(door="test.nothing", who=HOME, at=NOW)


@pytest.mark.django_db
def test_counters_are_not_logged() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relpersistence FROM pg_class"
            " WHERE relname LIKE 'kernel_doors_%%' AND relkind = 'r'"
        )
        kinds = dict(cursor.fetchall())
    unlogged = {name for name, kind in kinds.items() if kind == "u"}
    assert unlogged == {Tally._meta.db_table, SpentPuzzle._meta.db_table}


@pytest.mark.django_db
def test_old_counters_are_swept() -> None:
    knock_times(1)
    SpentPuzzle.objects.create(nonce="n", expires_at=NOW)
    assert services.sweep(at=NOW) == 0
    assert services.sweep(at=NOW + timedelta(days=3)) == 3
    assert not Tally.objects.exists()


# --- together, and in bad times ------------------------------------------------------------------


def counted_elsewhere(_number: int) -> str:
    try:
        return str(services.knock(door=FORM, who=HOME, at=NOW).count)
    except services.TooManyKnocks:
        return "too many"
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_counted_one_by_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(counted_elsewhere, range(24)))
    assert answers == ["1", "2", "3", "4", "5"] + ["too many"] * 19
    assert set(Tally.objects.values_list("count", flat=True)) == {24}


PROCESS = """
    import sys, django
    django.setup()
    from django.db import connection
    connection.settings_dict["NAME"] = sys.argv[1]
    from tests.cast import NOW
    from yankao.base import registry
    from yankao.kernel.doors import services
    from yankao.kernel.doors.declarations import Door
    from yankao.kernel.doors.rules import Knocker

    registry.offers = lambda kind: (Door("test.form", "", ((1_000, 3600),)),)
    sys.stdin.readline()
    for _ in range(50):
        print(services.knock(door="test.form", who=Knocker.at("203.0.113.7"), at=NOW).count)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_processes_count_together() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "yankao.site.settings"}
    command = [sys.executable, "-c", textwrap.dedent(PROCESS), connection.settings_dict["NAME"]]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, env=environment, **pipes) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda one: one.communicate("go\n", timeout=60)[0], both))
    counts = sorted(int(line) for output in outputs for line in output.split())
    assert counts == list(range(1, 101))


@pytest.mark.django_db(transaction=True)
def test_a_count_stays_when_the_work_is_rolled_back() -> None:
    services.knock(door=FORM, who=HOME, at=NOW)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        1 / 0  # noqa: B018
    assert queries.knocks(door=FORM, who=HOME, at=NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_counting_inside_the_work_is_a_mistake_of_ours() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        services.knock(door=FORM, who=HOME, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_locked_counter_lets_people_in() -> None:
    knock_times(5)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Tally._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(counted_elsewhere, 0).result(timeout=10) == "0"


@pytest.mark.django_db(transaction=True)
def test_a_read_only_database_lets_people_in() -> None:
    knock_times(5)
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        assert services.knock(door=FORM, who=HOME, at=NOW) == services.Verdict(0, False)
        services.forgive(door=FORM, who=HOME, at=NOW)
    finally:
        connection.close()
    assert queries.knocks(door=FORM, who=HOME, at=NOW) == 5
