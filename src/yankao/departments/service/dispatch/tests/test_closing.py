"""What of dispatch is unfinished when a month is to be closed, and whether its links keep to it."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.departments.service.dispatch import queries
from yankao.departments.service.dispatch.models import ImportBatch
from yankao.kernel.closing import queries as closing
from yankao.kernel.closing.owed import Owed
from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.obligations.models import Obligation

pytestmark = pytest.mark.django_db
MONTH = period_at(Grain.MONTH, NOW)
SPAN = MONTH.start, MONTH.until


def numbers_behind(client, address) -> int:
    """How many cases the list at a line's address has."""
    page = client.get(address)
    assert page.status_code == 200
    return len(page.context["page"].rows)


def test_work_reported_done_waits_for_its_verification(town, cast) -> None:
    mine = [town.done(after_hours=hours) for hours in (1, 2)]
    town.done("other_officer", item="light")
    town.closed()
    town.accepted()
    lines = {one.agency: one for one in queries.CasesUnfinished().unfinished(*SPAN)}
    roads, traffic = lines[mine[0].agency_id], lines[cast.traffic.code]
    assert (roads.count, traffic.count) == (2, 1)
    for player, one in (("commission", roads), ("supervisor", roads), ("commission", traffic)):
        assert numbers_behind(cast.client(player), one.address) == one.count
    before = MONTH.previous
    earlier = queries.CasesUnfinished().unfinished(before.start, before.until)
    assert [one for one in earlier if one.count] == []


def test_what_was_due_and_is_owed(town, cast) -> None:
    town.accepted()
    town.accepted("other_officer", item="light")
    town.closed()
    found = [one for one in Owed().unfinished(*SPAN) if "派工處理" in one.title]
    assert {one.agency: one.count for one in found} == {cast.roads.code: 1, cast.traffic.code: 1}
    for one in found:
        assert numbers_behind(cast.client("commission"), one.address) == 1
    own = next(one for one in found if one.agency == cast.roads.code)
    for player in ("supervisor", "head"):  # whose own work is empty
        assert numbers_behind(cast.client(player), own.address) == 1


def test_what_waits_for_its_verification_is_told_once(town, cast) -> None:
    town.done(after_hours=1)
    due = Obligation.objects.get(kind="service.dispatch.verify").due_at
    assert MONTH.bounds.start <= due < MONTH.bounds.end
    assert sum(one.count for one in closing.unfinished(MONTH) if one.agency) == 1


def test_an_agency_sees_its_own_lines(town, cast, time_machine) -> None:
    town.accepted()
    town.accepted("other_officer", item="light")
    time_machine.move_to(NOW + timedelta(days=31), tick=False)
    own = cast.client("supervisor").get("/closing/unfinished/").content.decode()
    assert cast.roads.name in own
    assert cast.traffic.name not in own
    every = cast.client("commission").get(f"/closing/{MONTH.code}/").content.decode()
    assert cast.roads.name in every
    assert cast.traffic.name in every
    assert cast.client("officer").get("/closing/unfinished/").status_code == 403


def test_the_check_list_asks_little(
    town, cast, time_machine, django_assert_max_num_queries
) -> None:
    for item, by in (("pothole", "officer"), ("light", "other_officer")):
        town.accepted(by, item=item)
        town.done(by, item=item)
    time_machine.move_to(NOW + timedelta(days=31), tick=False)
    client = cast.client("commission")
    client.get("/closing/")  # the first page of a session is noted
    with django_assert_max_num_queries(12):
        client.get(f"/closing/{MONTH.code}/")
    with django_assert_max_num_queries(12):
        client.get("/closing/unfinished/")


def test_an_import_that_stopped_is_told_until_it_is_whole(db) -> None:
    def half() -> list[int]:
        found = queries.CasesUnfinished().unfinished(*SPAN)
        return [one.count for one in found if "匯入" in str(one.title)]

    batch = {"format": "x", "file_sha256": "a" * 64, "actor_key": "x", "started_at": NOW}
    ImportBatch.objects.create(**batch)
    ImportBatch.objects.create(**batch)
    assert half() == [1]
    ImportBatch.objects.create(**batch, finished_at=NOW)
    assert sum(half()) == 0


def test_whoever_closes_says_to_have_seen_what_is_unfinished(town, cast, time_machine) -> None:
    town.accepted()
    time_machine.move_to(NOW + timedelta(days=31), tick=False)
    client = cast.client("commission")
    address = f"/closing/{MONTH.code}/close/"
    refused = client.post(address, {"note": ""})
    assert refused.status_code == 422
    assert "請先看過尚未完成的事項" in refused.content.decode()
    assert closing.attempt_at(MONTH) is None
    assert client.post(address, {"seen": "on"}).status_code == 302
    assert closing.attempt_at(MONTH) is not None
