"""The exchange's nightly file against the log: what is missing on either side, what differs."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.departments.service.calls import queries, services
from yankao.departments.service.calls.commands.imports import import_cdr
from yankao.departments.service.calls.models import Difference
from yankao.departments.service.calls.rules import cdr
from yankao.kernel.figures.rules import Grain, period_at

pytestmark = pytest.mark.django_db
TAIPEI = ZoneInfo("Asia/Taipei")
BEGAN = NOW - timedelta(hours=5)
HEAD = "accountcode,uniqueid,start,answer,end,disposition"


def line(id, *, began=BEGAN, answered=10, ended=70):
    times = [began, *(began + timedelta(seconds=s) if s else None for s in (answered, ended))]
    cells = [t.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S") if t else "" for t in times]
    return ",".join(["x", id, *cells, "ANSWERED"])


@pytest.fixture
def file(tmp_path):
    def write(*lines, head=HEAD, encoding="utf-8"):
        path = tmp_path / "Master.csv"
        path.write_text("\n".join([head, *lines]) + "\n", encoding=encoding)
        return path

    return write


@pytest.fixture
def log(exchange):
    """c1 and c2 talked 60 seconds, c3 was abandoned, c4 is still going on."""
    for id in ("c1", "c2"):
        exchange.answered(id, at=BEGAN)
        exchange.tell(exchange.event("ended", call=id, at=BEGAN + timedelta(seconds=70)))
    exchange.ring("c3", BEGAN)
    exchange.tell(exchange.event("abandoned", call="c3", at=BEGAN + timedelta(seconds=30)))
    exchange.answered("c4", at=BEGAN)
    return exchange


def run(path):
    return services.reconcile(path, actor=system_actor("t"), at=NOW)


def found():
    rows = Difference.objects.order_by("exchange_id")
    return [(d.exchange_id, d.what, d.ours_seconds, d.theirs_seconds) for d in rows]


def test_what_differs_is_listed_once(log, file) -> None:
    path = file(line("c1", ended=72), line("c2", ended=73), line("c9"))
    report = run(path)
    assert (report.read, report.new, report.gone, report.refused) == (3, 3, 0, {})
    assert found() == [
        ("c2", "duration", 60, 63), ("c3", "not_there", 0, None), ("c9", "not_here", None, 60)
    ]  # fmt: skip
    assert run(path).new == 0
    assert len(found()) == 3


def test_what_is_mended_goes_and_what_is_settled_stays(log, file, commission) -> None:
    run(file(line("c1"), line("c2", ended=80), line("c9")))
    settled = Difference.objects.get(exchange_id="c9")
    services.settle_difference(difference_id=settled.pk, words="測試電話", actor=commission, at=NOW)
    report = run(file(line("c1"), line("c2"), line("c3", answered=None, ended=30)))
    assert report.gone == 2
    assert [id for id, *_rest in found()] == ["c9"]
    assert run(file(line("c9"))).new == 3, (
        "only of the file's own stretch: c1, c2, c3 are not in it"
    )


def test_lines_that_cannot_be_read_are_refused_alone(log, file) -> None:
    bad = ["x,c5,yesterday,,,", "x,,2026-03-04 05:00:00,,2026-03-04 05:01:00,", "x", line("c1")]
    report = run(file(*bad, line("c6", ended=5)))
    assert sorted(report.refused) == [2, 3, 4, 6]
    assert report.read == 5


@pytest.mark.parametrize("how", [{"head": "a,b"}, {"encoding": "utf-16"}])
def test_no_such_file(log, file, how) -> None:
    with pytest.raises(services.FileUnreadable):
        run(file(line("c1"), **how))
    assert not Difference.objects.exists()


def test_an_empty_file_says_nothing(log, file) -> None:
    assert run(file()).new == 0
    assert found() == []


def test_the_command(log, file, capsys) -> None:
    assert import_cdr(file(line("c9"), "x,bad,,,,")) == 0
    assert "拒收 1 列" in capsys.readouterr().out


def test_settling_is_the_supervisors(log, file, cast, django_assert_max_num_queries) -> None:
    run(file(line("c9")))
    browser = cast.client("commission")
    with django_assert_max_num_queries(12):
        page = browser.get("/calls/differences/").content.decode()
    assert "通話紀錄沒有這一通" in page
    pk = Difference.objects.get(exchange_id="c9").pk
    address = f"/calls/differences/{pk}/"
    assert cast.client("agent").post(address, {"words": "x"}).status_code == 403
    assert browser.post(address, {"words": " "}).status_code == 422
    assert browser.post(address, {"words": "測試電話"}).status_code == 302
    assert browser.post(address, {"words": "再一次"}).status_code == 404
    assert "測試電話" in browser.get("/calls/differences/?view=settled").content.decode()


def test_two_seconds_are_rounding() -> None:
    def record(seconds):
        return cdr.Record("x", NOW, NOW, NOW + timedelta(seconds=seconds))

    for theirs, odd in ((62, 0), (58, 0), (63, 1), (57, 1)):
        assert len(list(cdr.differences({"x": record(60)}, {"x": record(theirs)}))) == odd


def test_what_is_unfinished_before_a_closing(log, file, cast) -> None:
    run(file(line("c1"), line("c2", ended=80), line("c9")))
    month = period_at(Grain.MONTH, BEGAN)
    calls, differing = queries.CallsUnfinished().unfinished(month.start, month.until)
    assert (calls.count, differing.count) == (2, 3)  # c3 was abandoned, c4 goes on
    client = cast.client("commission")
    listed = client.get(calls.address).context["rows"]
    assert sorted(row["it"].exchange_id for row in listed) == ["c1", "c2"]
    assert len(client.get(differing.address).context["page"].object_list) == 3
    before = queries.CallsUnfinished().unfinished(month.previous.start, month.start)
    assert [one.count for one in before] == [0, 0]
    assert client.get(before[1].address).context["page"].object_list == []
