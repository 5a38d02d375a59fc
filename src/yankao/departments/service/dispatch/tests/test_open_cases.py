"""Open cases of another system: whole, once, refused with reasons, on two connections."""

from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from tests.cast import NOW
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden
from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.departments.service.dispatch.rules import imports as rules
from yankao.departments.service.dispatch.services.imports import (
    UnreadableFile,
    import_records,
    open_cases,
)
from yankao.departments.service.dispatch.workflow import KIND, Permission
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.trail.models import Entry

TAKER = Actor("system:import", "import", grants=frozenset({Grant(Permission.TAKE_IN)}))
HEAD = "number,item,received_at,lat,lng,place,description,name,phone,email"
YESTERDAY = f"{NOW.astimezone(TAIPEI) - timedelta(days=1):%Y-%m-%d %H:%M:%S}"


def line(number: str = "OLD-1", **changes: Any) -> str:
    told = {
        "number": number, "item": "pothole", "received_at": YESTERDAY, "lat": 22.65, "lng": 120.35,
        "place": "路口", "description": "很深", "name": "王", "phone": "0912345678", "email": "",
        **changes,
    }  # fmt: skip
    return ",".join(str(told[name]) for name in HEAD.split(","))


@pytest.fixture
def take(tmp_path: Path) -> Any:
    def taken(*lines: str, connections: int = 1, actor: Actor = TAKER, head: str = HEAD) -> Any:
        file = tmp_path / "open.csv"
        file.write_text("\n".join([head, *lines]), encoding="utf-8-sig")
        return open_cases.run(
            file, actor=actor, at=NOW, progress=lambda _report: None, connections=connections
        )

    return taken


@pytest.mark.django_db(transaction=True)
class TestTakingOver:
    def test_a_case_comes_whole_with_its_clock_from_the_receipt(self, town, take) -> None:
        report = take(line())
        assert (report.read, report.new, report.known, report.refused) == (1, 1, 0, [])
        case = Case.objects.get(number="OLD-1")
        assert case.agency_id == "ROADS"
        assert case.received_at == NOW.replace(microsecond=0) - timedelta(days=1)
        promise = Obligation.objects.get(pk=case.promise_id)
        assert promise.due_at == case.received_at + timedelta(hours=4)
        assert promise.due_at < NOW, "what was late stays late"
        assert Reporter.objects.get(pk=case.pk).phone == "0912345678"
        assert Entry.objects.get(subject_kind=KIND, subject_id=case.pk).actor_key == TAKER.key
        assert not Notice.objects.exists()

    def test_again_brings_nothing_new(self, town, take) -> None:
        take(line())
        again = take(line(), line("OLD-2"))
        assert (again.new, again.known) == (1, 1)
        assert Case.objects.count() == 2

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"number": ""}, "沒有案號"),
            ({"number": "9" * 41}, "欄位太長：number"),
            ({"phone": "9" * 31}, "欄位太長：phone"),
            ({"received_at": "yesterday"}, "沒有可讀的受理時間"),
            ({"received_at": "1911-01-01 00:00:00"}, "沒有可讀的受理時間"),
            ({"received_at": "2099-01-01 00:00:00"}, "受理時間在未來"),
            ({"lat": ""}, "沒有可讀的座標"),
            ({"lng": "nan"}, "沒有可讀的座標"),
            ({"lat": 25.03, "lng": 121.56}, "這個位置沒有主辦機關"),
            ({"item": "dragon"}, "項目 dragon 在受理當日不受理"),
        ],
    )
    def test_a_row_that_cannot_be_taken_says_why_and_stops_no_other(
        self, town, take, changes, reason
    ) -> None:
        report = take(line(**{"number": "BAD", **changes}), line("GOOD"))
        assert [refusal.reason for refusal in report.refused] == [reason]
        assert report.refused[0].line == 2
        assert list(Case.objects.values_list("number", flat=True)) == ["GOOD"]

    def test_a_number_twice_or_of_another_case_is_refused(self, town, take) -> None:
        twice = take(line(), line())
        assert [(r.line, r.reason) for r in twice.refused] == [(3, "案號在檔案裡出現兩次")]
        other = take(line(item="light"))
        assert [r.reason for r in other.refused] == ["案號已存在，但項目或受理時間不同"]

    def test_two_connections_take_every_case_once(self, town, take, monkeypatch) -> None:
        monkeypatch.setattr(open_cases, "PIECE_ROWS", 3)
        lines = [line(f"OLD-{number:03d}") for number in range(40)]
        report = take(*lines, connections=2)
        assert (report.read, report.new, report.refused) == (40, 40, [])
        assert Case.objects.count() == Obligation.objects.count() == 40

    def test_a_second_import_is_told_to_wait(self, town, take) -> None:
        told: list[Exception] = []

        def second() -> None:
            try:
                take(line())
            except open_cases.TakeoverBusy as busy:
                told.append(busy)
            finally:
                connection.close()

        with open_cases._alone():
            thread = Thread(target=second)
            thread.start()
            thread.join()
        assert len(told) == 1
        assert not Case.objects.exists()

    def test_nobody_without_the_permission_takes_over(self, town, take) -> None:
        with pytest.raises(Forbidden):
            take(line(), actor=system_actor("stranger"))
        assert not Case.objects.exists()

    def test_a_file_without_its_columns_or_letters_is_refused(self, town, take, tmp_path) -> None:
        with pytest.raises(UnreadableFile, match="received_at、lat"):
            take(head="number,item,lng")
        for content in (b"\xff\xfe\x00", b"number\x00"):
            file = tmp_path / "odd.csv"
            file.write_bytes(content)
            with pytest.raises(UnreadableFile):
                import_records(
                    file, source="open-cases", actor=TAKER, at=NOW, progress=lambda _report: None
                )


def test_a_time_with_an_offset_is_that_instant() -> None:
    cells = {
        "number": "1",
        "item": "x",
        "received_at": "2026-03-01T01:00:00Z",
        "lat": "1",
        "lng": "2",
    }
    row = rules.open_row(2, cells)
    assert row.fault == ""
    assert row.received_at.astimezone(TAIPEI).hour == 9
