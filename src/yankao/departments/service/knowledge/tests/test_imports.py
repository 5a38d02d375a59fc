"""Taking over another system's questions: once, with versions of what changed, and reasons."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cast import NOW
from yankao.base import packs, registry
from yankao.base.actors import Actor, Grant, system_actor
from yankao.base.errors import Invalid
from yankao.base.packs import PackTable
from yankao.departments.service.knowledge import queries, services
from yankao.departments.service.knowledge.models import Entry, Version
from yankao.departments.service.knowledge.tests.conftest import LATER, Base
from yankao.departments.service.knowledge.workflow import Permission
from yankao.kernel.obligations.models import Obligation

IMPORTER = system_actor("test-import")
LINE = {
    "source": "https://a.tw/1", "agency": "養護工程處", "kind": "工務", "posted_on": "2011-01-01",
    "revised_on": "2012-01-01", "views": 3, "question": "路面破了找誰？", "answer": "請撥 1999。",
}  # fmt: skip


@pytest.fixture(autouse=True)
def names(settings: Any) -> None:
    names = {"agencies": {"交通": "TRAFFIC"}, "categories": {"工務": "works"}}
    settings.CITY = {**settings.CITY, "imports": {"kaohsiung-faq": names}}


def take(tmp_path: Path, *lines: Any, at: Any = NOW) -> services.ImportReport:
    path = tmp_path / "faq.jsonl"
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in lines), "utf-8")
    return services.import_faq(path, actor=IMPORTER, at=at, progress=lambda so_far: None)


def numbers(report: services.ImportReport) -> tuple[int, ...]:
    return (report.read, report.new, report.changed, report.known, len(report.refused))


def test_again_is_nothing_new_and_changed_is_a_version(base: Base, tmp_path: Path) -> None:
    other = {**LINE, "source": "https://a.tw/2", "agency": "交通", "question": "號誌壞了？"}
    assert numbers(take(tmp_path, LINE, other)) == (2, 2, 0, 0, 0)
    entry = Entry.objects.get(origin_key="https://a.tw/1")
    assert (entry.agency_id, entry.version, entry.views, entry.views_before) == ("ROADS", 1, 0, 3)
    assert entry.review.opened_at == NOW
    assert entry.first_published_at.isoformat() == "2010-12-31T16:00:00+00:00"
    assert numbers(take(tmp_path, LINE, {**other, "views": 9}, at=LATER)) == (2, 0, 0, 2, 0)
    assert Entry.objects.get(agency="TRAFFIC").views_before == 9
    assert (Version.objects.count(), Obligation.objects.count()) == (2, 2)
    renewed = {**LINE, "answer": "請上網通報。", "revised_on": "2013-01-01"}
    assert numbers(take(tmp_path, renewed, at=LATER)) == (1, 0, 1, 0, 0)
    entry.refresh_from_db()
    assert (entry.version, entry.answer) == (2, "請上網通報。")
    assert entry.revised_on.isoformat() == "2013-01-01"
    found = queries.entry_for(base.actor("officer"), entry.number, at=LATER)
    assert [one.it.version for one in found.versions] == [2, 1]


def test_first_looks_are_spread_and_the_most_read_comes_first(base: Base, tmp_path: Path) -> None:
    lines = [{**LINE, "source": f"https://a.tw/{n}", "views": n} for n in (1, 9, 5, 7)]
    take(tmp_path, *lines)
    rows = Entry.objects.order_by("review__due_at").select_related("review")
    assert [entry.views_before for entry in rows] == [9, 7, 5, 1]
    days = [(entry.review.due_at - NOW).days for entry in rows]
    assert [round(4 * day / days[-1]) for day in days] == [1, 2, 3, 4]
    assert days[-1] in range(364, 367)


def test_what_was_rewritten_here_is_not_overwritten(base: Base, tmp_path: Path) -> None:
    take(tmp_path, LINE)
    entry = Entry.objects.get()
    services.save_draft(
        number=entry.number, text=base.text(), edits=0, actor=base.actor("officer"), at=NOW
    )
    renewed = {**LINE, "answer": "別的。"}
    assert "請人工比對" in take(tmp_path, renewed).refused[0].reason
    services.propose(number=entry.number, actor=base.actor("officer"), at=NOW)
    services.approve(number=entry.number, actor=base.actor("head"), at=NOW)
    assert "請人工比對" in take(tmp_path, renewed).refused[0].reason
    services.withdraw(number=entry.number, reason="錯", actor=base.actor("head"), at=NOW)
    assert "下架" in take(tmp_path, renewed).refused[0].reason
    entry.refresh_from_db()
    assert entry.question == base.text().question


def test_each_refused_line_has_its_reason(base: Base, tmp_path: Path) -> None:
    report = take(
        tmp_path, LINE, LINE, {**LINE, "source": "https://a.tw/3", "agency": "沒有局"},
        {**LINE, "source": "https://a.tw/4", "kind": "沒有"}, {**LINE, "revised_on": "2030-01-01"},
        "字串",
    )  # fmt: skip
    assert numbers(report) == (6, 1, 0, 0, 5)
    assert {one.line for one in report.refused} == {2, 3, 4, 5, 6}
    assert all(one.reason for one in report.refused)


@pytest.mark.parametrize("names", [{}, {"agencies": {"x": "NO"}, "categories": {"工務": "works"}}])
def test_a_pack_that_maps_nothing_imports_nothing(
    base: Base, tmp_path: Path, settings: Any, names: dict
) -> None:
    settings.CITY = {**settings.CITY, "imports": {"kaohsiung-faq": names}}
    with pytest.raises(Invalid):
        take(tmp_path, LINE)
    assert not Entry.objects.exists()


def test_a_file_that_is_none(base: Base, tmp_path: Path) -> None:
    (tmp_path / "big5.jsonl").write_bytes("問".encode("big5"))
    for name in ("absent.jsonl", "big5.jsonl"):
        with pytest.raises(services.UnreadableFile):
            services.import_faq(
                tmp_path / name, actor=IMPORTER, at=NOW, progress=lambda so_far: None
            )


def test_pairs_are_found_and_told_apart(base: Base, tmp_path: Path) -> None:
    take(tmp_path, LINE, {**LINE, "source": "https://a.tw/2"}, {
        **LINE, "source": "https://a.tw/3", "question": "公車幾點？", "answer": "看站牌。",
    })  # fmt: skip
    assert services.compare() == 1
    [pair] = queries.pairs_for(base.actor("officer"))
    assert pair.score_pct == 100
    assert not queries.pairs_for(base.actor("other_officer"))
    services.keep_apart(pair_id=pair.pk, actor=base.actor("officer"), at=NOW)
    assert services.compare() == 1
    assert not queries.pairs_for(base.actor("officer"))


@pytest.mark.shared
def test_the_real_file(db: None, settings: Any) -> None:
    """1,348 lines of 33 agencies, all taken; again nothing new; near-duplicates as measured."""
    pack = Path(settings.YANKAO_CITY)
    settings.CITY = packs.read_city(pack)
    for table in registry.offers(PackTable):
        if table.name in {"agencies.csv", "terms.csv", "knowledge_categories.csv"}:
            table.load(packs.read_table(pack, table.name), actor=IMPORTER, at=NOW)
    faq = Path(os.environ["YANKAO_SHARED"]) / "data/faq/kaohsiung_faq.jsonl"
    first, again = (
        services.import_faq(faq, actor=IMPORTER, at=NOW, progress=lambda so_far: None)
        for _time in range(2)
    )
    assert numbers(first) == (1348, 1348, 0, 0, 0)
    assert len(first.agencies) == 33
    assert numbers(again) == (1348, 0, 0, 1348, 0)
    assert services.compare() > 500
    everywhere = Actor("t", "t", grants=frozenset({Grant(p) for p in Permission}))
    assert queries.pairs_for(everywhere).count() == 40
