"""Guards of forms: people notice nothing, programs work for it, nothing is good twice."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import altcha
import pytest
from django.db import connection, connections, transaction

from tests.cast import NOW
from yankao.kernel.doors import services
from yankao.kernel.doors.models import SpentPuzzle, Tally
from yankao.kernel.doors.services import guards
from yankao.kernel.doors.tests.conftest import FORM
from yankao.kernel.doors.tests.stamps import stamped

HOME = "203.0.113.7"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puzzles a test solves in a moment."""
    monkeypatch.setattr(guards, "COST", 10)
    monkeypatch.setattr(guards, "TRIES", (1, 20))


def send(at=NOW, address=HOME, door=FORM, **fields: str) -> None:
    posted = {**stamped(at=at), **fields}
    services.check_guard(door=door, address=address, answers=services.Answers.of(posted), at=at)


def solved(sheet: services.Sheet) -> dict[str, Any]:
    challenge = altcha.Challenge.from_dict(json.loads(sheet.puzzle))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_dict()


def written(payload: object) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()


def puzzle(at=NOW, door=FORM) -> str:
    return written(solved(services.new_sheet(door=door, address=HOME, at=at, suspect=True)))


@pytest.mark.django_db
def test_a_citizen_notices_nothing() -> None:
    sheet = services.new_sheet(door=FORM, address=HOME, at=NOW)
    assert sheet.puzzle == ""
    later = NOW + SECOND
    answers = services.Answers("", sheet.stamp, "")
    services.check_guard(door=FORM, address=HOME, answers=answers, at=later)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"homepage": "https://spam.example"},
        {"opened": ""},
        {"opened": "forged"},
        {"opened": "é\0"},
        {"opened": guards.signed_stamp(at=NOW - timedelta(milliseconds=1) + SECOND)},
        {"opened": guards.signed_stamp(at=NOW + timedelta(days=1))},
        {"opened": guards.signed_stamp(at=NOW - timedelta(hours=24) - SECOND)},
        {"opened": guards.signed_stamp(at=NOW - timedelta(minutes=1), suspect=True)},
    ],
)
def test_whoever_seems_a_program_gets_the_puzzle(fields) -> None:
    with pytest.raises(services.PuzzleDue):
        send(**fields)
    send(**fields, puzzle=puzzle())


@pytest.mark.django_db
def test_past_the_threshold_the_page_carries_a_puzzle_before_it_is_needed() -> None:
    send()
    assert not services.new_sheet(door=FORM, address=HOME, at=NOW).puzzle
    send()
    sheet = services.new_sheet(door=FORM, address=HOME, at=NOW)
    assert sheet.puzzle
    with pytest.raises(services.PuzzleDue):
        send()
    send(puzzle=written(solved(sheet)))
    assert not services.new_sheet(door=FORM, address="203.0.113.8", at=NOW).puzzle
    assert not services.new_sheet(door=FORM, address=HOME, at=NOW + timedelta(hours=1)).puzzle


@pytest.mark.django_db
def test_the_puzzle_does_not_lift_the_limit() -> None:
    for _ in range(5):
        send(puzzle=puzzle())
    with pytest.raises(services.TooManyKnocks):
        send(puzzle=puzzle())


@pytest.mark.django_db
def test_a_puzzle_counts_once() -> None:
    handed_in = puzzle()
    send(homepage="x", puzzle=handed_in)
    with pytest.raises(services.PuzzleStale):
        send(homepage="x", puzzle=handed_in, address="203.0.113.8")
    assert SpentPuzzle.objects.count() == 1


@pytest.mark.django_db
def test_a_puzzle_ends_after_a_quarter_of_an_hour() -> None:
    handed_in = puzzle()
    late = NOW + guards.PUZZLE_VALID
    with pytest.raises(services.PuzzleStale):
        send(homepage="x", puzzle=handed_in, at=late + SECOND)
    send(homepage="x", puzzle=handed_in, at=late)


@pytest.mark.django_db
def test_a_swept_puzzle_does_not_come_back_to_life() -> None:
    handed_in = puzzle()
    send(homepage="x", puzzle=handed_in)
    services.sweep(at=NOW + guards.PUZZLE_VALID)
    assert SpentPuzzle.objects.exists()
    later = NOW + guards.PUZZLE_VALID + SECOND
    services.sweep(at=later)
    assert not SpentPuzzle.objects.exists()
    with pytest.raises(services.PuzzleStale):
        send(homepage="x", puzzle=handed_in, at=later)


@pytest.mark.django_db
def test_a_puzzle_of_another_door_does_not_open_this_one(monkeypatch) -> None:
    with pytest.raises(services.PuzzleStale):
        send(homepage="x", puzzle=puzzle(door="test.api"))


def spoiled(change) -> str:
    payload = solved(services.new_sheet(door=FORM, address=HOME, at=NOW, suspect=True))
    change(payload)
    return written(payload)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda p: p["challenge"].update(signature="00" * 32),
        lambda p: p["challenge"].pop("signature"),
        lambda p: p["challenge"]["parameters"].update(cost=1),
        lambda p: p["challenge"]["parameters"].update(keyPrefix=""),
        lambda p: p["challenge"]["parameters"]["data"].update(until=9_999_999_999),
        lambda p: p["challenge"]["parameters"].pop("data"),
        lambda p: p["challenge"]["parameters"].update(cost="many"),
        lambda p: p["solution"].update(derivedKey="00" * 32),
        lambda p: p["solution"].update(derivedKey=None),
        lambda p: p["solution"].update(derivedKey="é"),
        lambda p: p.pop("solution"),
        lambda p: p.update(challenge=[]),
        lambda p: p.update(solution="1"),
    ],
)
def test_a_forged_puzzle(change) -> None:
    with pytest.raises(services.PuzzleStale):
        send(homepage="x", puzzle=spoiled(change))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rubbish",
    ["x", "é", "=" * 10, "A" * 5_000, written([]), written(None), written("x"), written([[]] * 9),
     base64.b64encode(b"[" * 2_000).decode(), base64.b64encode(b"\xff\xfe").decode()],
)  # fmt: skip
def test_rubbish_for_a_puzzle(rubbish) -> None:
    with pytest.raises(services.PuzzleStale):
        send(homepage="x", puzzle=rubbish)


@pytest.mark.django_db(transaction=True)
def test_one_puzzle_handed_in_by_many_at_once_counts_once() -> None:
    handed_in = puzzle()

    def try_it(number: int) -> bool:
        try:
            send(homepage="x", puzzle=handed_in, address=f"203.0.113.{number}")
        except services.PuzzleStale:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(try_it, range(6))) == 1


@pytest.mark.django_db(transaction=True)
def test_a_page_is_shown_while_the_counters_are_locked() -> None:
    lock = f"LOCK TABLE {Tally._meta.db_table} IN ACCESS EXCLUSIVE MODE"

    def show() -> services.Sheet:
        try:
            return services.new_sheet(door=FORM, address=HOME, at=NOW)
        finally:
            connections.close_all()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(lock)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(show).result(timeout=10).puzzle == ""
