"""Who may do what in which state, the second pair of eyes, and what becomes of clocks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.cast import NOW, PLAYERS
from yankao.base.errors import Invalid, NotVisible, Refused
from yankao.departments.service.knowledge import permissions, queries, services
from yankao.departments.service.knowledge.models import Entry, Version
from yankao.departments.service.knowledge.queries import EntryFilter
from yankao.departments.service.knowledge.services import common
from yankao.departments.service.knowledge.tests.conftest import LATER, Base
from yankao.departments.service.knowledge.workflow import WORKFLOW, Move, State
from yankao.kernel.casework.desk import MoveRefused, NoReason
from yankao.kernel.obligations.models import Obligation

WRITERS = {"officer", "second_officer", "supervisor", "commission"}
APPROVERS = {"supervisor", "head", "commission"}
M, W, A = Move, WRITERS, APPROVERS
EITHER = {
    "new, draft": {M.WRITE: W, M.PROPOSE: W, M.DISCARD: W, M.HAND_OVER: A},
    "new, proposed": {M.TAKE_BACK: W, M.RETURN: A, M.APPROVE: A, M.HAND_OVER: A},
    "published": {M.WRITE: W, M.CONFIRM: W, M.WITHDRAW: A, M.HAND_OVER: A, M.MERGE: A},
    "published, draft": {
        M.WRITE: W, M.PROPOSE: W, M.DISCARD: W, M.CONFIRM: W, M.WITHDRAW: A, M.HAND_OVER: A,
    },
    "withdrawn": {M.WRITE: W, M.RESTORE: A, M.HAND_OVER: A},
    "merged": {M.UNMERGE: A},
}  # fmt: skip


def made(base: Base, state: str) -> Entry:
    if state == "new, draft":
        return base.drafted()
    if state == "new, proposed":
        return base.proposed()
    entry = base.published()
    if state == "published, draft":
        save(base, entry, edits=0)
    elif state == "withdrawn":
        services.withdraw(number=entry.number, reason="錯了", actor=base.actor("head"), at=LATER)
    elif state == "merged":
        other = base.published(question="別的問題？")
        merge(base, entry, other)
    return base.fresh(entry)


def save(base: Base, entry: Entry, edits: int, by: str = "officer", **changes: object) -> Version:
    return services.save_draft(
        number=entry.number, text=base.text(**changes), edits=edits, actor=base.actor(by), at=LATER
    )


def merge(base: Base, entry: Entry, other: Entry, by: str = "head") -> Entry:
    return services.merge(number=entry.number, into=other.number, actor=base.actor(by), at=LATER)


@pytest.mark.parametrize("state", EITHER)
def test_who_may_do_what_when(base: Base, state: str) -> None:
    entry = made(base, state)
    text = common.open_text(entry)
    found = {
        move: {
            player
            for player in PLAYERS
            if permissions.may_see(base.actor(player), entry)
            and permissions.why_not(base.actor(player), entry, move, text) is None
        }
        for move in Move
    }
    assert {move: who for move, who in found.items() if who} == EITHER[state]


def test_the_table_covers_every_move() -> None:
    covered = {move for row in EITHER.values() for move in row}
    assert covered == set(WORKFLOW.moves())


@pytest.mark.parametrize("state", EITHER)
def test_who_sees_it(base: Base, state: str) -> None:
    entry = made(base, state)
    staff = {"officer", "second_officer", "supervisor", "head", "commission", "auditor"}
    others = {"other_officer", "agent"} if entry.state in {State.PUBLISHED, State.MERGED} else set()
    seen = {p for p in PLAYERS if permissions.may_see(base.actor(p), entry)}
    listed = {
        p for p in PLAYERS if queries.visible_entries(base.actor(p)).filter(pk=entry.pk).exists()
    }
    assert seen == listed == staff | others


@pytest.mark.parametrize("player", ["other_officer", "agent"])
def test_another_agency_reads_no_draft_of_what_is_published(base: Base, player: str) -> None:
    entry = made(base, "published, draft")
    found = queries.entry_for(base.actor(player), entry.number, at=LATER)
    assert found.text is None
    assert [v.it.version for v in found.versions] == [1]
    assert [*found.timeline, *found.remarks, *found.moves] == []
    with pytest.raises(NotVisible):
        queries.version_for(base.actor(player), entry.number, common.open_text(entry).pk, at=LATER)
    services.judge(entry=entry, helped=False, words="", address="203.0.113.1", at=LATER)
    inner = [EntryFilter(state="draft"), EntryFilter(remarked=True)]
    for actor, told in ((base.actor(player), 0), (base.actor("head"), 1)):
        assert queries.counts_for(actor, inner, at=LATER) == [told, told]
        assert [len(queries.entries_for(actor, one, at=LATER).rows) for one in inner] == [told] * 2


def test_approved_is_what_was_read(base: Base, client_of: Any) -> None:
    entry, officer = base.proposed(), base.actor("officer")
    head, path = client_of("head"), f"/knowledge/{entry.number}/"
    [button] = [a for a in head.get(path).context["actions"] if a.get("name") == "read"]
    services.take_back(number=entry.number, actor=officer, at=NOW)
    save(base, entry, edits=1, answer="沒有人看過。")
    services.propose(number=entry.number, actor=officer, at=NOW)
    for read in (button["value"], "", "0.0", "x"):
        assert head.post(f"{path}do/approve/", {"read": read}).status_code == 409
    assert base.fresh(entry).state == State.NEW
    [button] = [a for a in head.get(path).context["actions"] if a.get("name") == "read"]
    assert head.post(button["url"], {"read": button["value"]}).status_code == 302
    assert base.fresh(entry).answer == "沒有人看過。"


def test_who_wrote_does_not_approve(base: Base) -> None:
    entry = base.drafted("supervisor")
    save(base, entry, edits=1, by="officer", answer="改過。")
    services.propose(number=entry.number, actor=base.actor("officer"), at=NOW)
    with pytest.raises(MoveRefused, match="不能自己核定"):
        services.approve(number=entry.number, actor=base.actor("supervisor"), at=LATER)
    deputy = replace(base.actor("head"), principal_key=base.actor("supervisor").key)
    with pytest.raises(MoveRefused, match="不能自己核定"):
        services.approve(number=entry.number, actor=deputy, at=LATER)
    services.approve(number=entry.number, actor=base.actor("head"), at=LATER)
    assert base.fresh(entry).answer == "改過。"


def test_publishing_opens_a_look_and_looking_opens_the_next(base: Base) -> None:
    entry = base.fresh(base.published())
    assert entry.review.kind == "service.knowledge.review"
    assert entry.review.debtor_agency_id == "ROADS"
    assert (entry.review.due_at - LATER).days in range(364, 368)
    at = LATER + timedelta(days=100)
    services.confirm(number=entry.number, actor=base.actor("officer", at), at=at)
    after = base.fresh(entry)
    entry.review.refresh_from_db()
    assert entry.review.state == "fulfilled"
    assert after.review_id != entry.review_id
    assert (after.version, after.revised_on) == (1, at.date())


def test_every_publication_is_a_version_that_stays(base: Base, client_of: Any) -> None:
    entry = base.published()
    save(base, entry, edits=0, answer="第二版。", reason="電話改了")
    services.propose(number=entry.number, actor=base.actor("officer"), at=LATER)
    assert base.fresh(entry).answer.startswith("請撥 1999。")
    services.approve(number=entry.number, actor=base.actor("head"), at=LATER)
    found = queries.entry_for(base.actor("officer"), entry.number, at=LATER)
    assert [v.it.version for v in found.versions] == [2, 1]
    assert {piece.kind for piece in found.versions[0].pieces} >= {"inserted", "deleted"}
    old = found.versions[1].it
    page = client_of("officer").get(
        f"/knowledge/{entry.number}/versions/{found.versions[0].it.pk}/"
    )
    assert "跟前一版比" in page.content.decode()
    assert "<ins" in page.content.decode()
    save(base, entry, edits=0, answer=old.answer)
    services.propose(number=entry.number, actor=base.actor("officer"), at=LATER)
    services.approve(number=entry.number, actor=base.actor("head"), at=LATER)
    back = base.fresh(entry)
    assert (back.version, back.answer) == (3, old.answer)


def test_withdrawn_is_gone_at_once_and_owes_no_look(base: Base) -> None:
    entry = base.fresh(base.published())
    with pytest.raises(NoReason):
        services.withdraw(number=entry.number, reason=" ", actor=base.actor("head"), at=LATER)
    services.withdraw(number=entry.number, reason="錯了", actor=base.actor("head"), at=LATER)
    entry.review.refresh_from_db()
    assert entry.review.state == "lapsed"
    with pytest.raises(NotVisible):
        queries.entry_shown(entry.number, at=LATER)
    services.restore(number=entry.number, actor=base.actor("head"), at=LATER)
    assert queries.entry_shown(entry.number, at=LATER).entry.pk == entry.pk


def test_merged_leads_to_the_other_also_further_on(base: Base) -> None:
    first, second, third = (base.published(question=f"第 {n} 問？") for n in "一二三")
    merge(base, first, second)
    merge(base, second, third)
    assert queries.entry_shown(first.number, at=LATER).moved_to == f"/faq/{third.number}/"
    services.unmerge(number=second.number, actor=base.actor("head"), at=LATER)
    assert queries.entry_shown(second.number, at=LATER).entry.pk == second.pk


def test_not_into_itself_a_merged_one_or_another_agencys(base: Base) -> None:
    entry, other = base.published(), base.published(question="別的？")
    with pytest.raises(Invalid):
        merge(base, entry, entry)
    merge(base, other, entry)
    with pytest.raises(Invalid):
        merge(base, entry, other)
    elsewhere = base.published("other_officer", question="號誌？")
    with pytest.raises(MoveRefused):
        merge(base, entry, elsewhere)
    merge(base, entry, elsewhere, by="commission")


def test_handed_over_the_other_agency_owes_the_look(base: Base) -> None:
    entry = base.published()
    services.hand_over(
        number=entry.number, agency="TRAFFIC", reason="號誌歸交通局",
        actor=base.actor("head"), at=LATER,
    )  # fmt: skip
    after = base.fresh(entry)
    assert after.agency_id == after.review.debtor_agency_id == "TRAFFIC"
    with pytest.raises(Refused):
        services.confirm(number=entry.number, actor=base.actor("officer"), at=LATER)


def test_two_who_write_do_not_overwrite_each_other(base: Base) -> None:
    entry = base.drafted()
    save(base, entry, edits=1, by="second_officer", answer="乙寫的。")
    with pytest.raises(services.TextMoved, match="承辦乙"):
        save(base, entry, edits=1, answer="甲寫的。")
    assert base.fresh(entry).answer == "乙寫的。"


def test_returned_says_why_and_is_written_on(base: Base) -> None:
    entry = base.proposed()
    with pytest.raises(MoveRefused):
        save(base, entry, edits=1)
    services.return_text(number=entry.number, words="電話錯了", actor=base.actor("head"), at=LATER)
    text = common.open_text(entry)
    assert (text.stage, text.returned_words, text.deciding) == ("draft", "電話錯了", None)
    save(base, entry, edits=1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": " \n"}, "question"),
        ({"answer": ""}, "answer"),
        ({"categories": []}, "categories"),
        ({"categories": ["no-such"]}, "categories"),
        ({"sources": [("法規", "javascript:alert(1)")]}, "sources"),
        ({"valid_from": date(2026, 5, 2), "valid_to": date(2026, 5, 1)}, "valid_to"),
    ],
)
def test_what_cannot_stand_is_refused_beside_its_field(
    base: Base, change: dict, field: str
) -> None:
    with pytest.raises(services.TextWrong) as refusal:
        base.drafted(**change)
    assert refusal.value.field == field


def test_shown_from_its_first_day_to_its_last(base: Base) -> None:
    day = NOW.date()
    entry = base.published(valid_from=day + timedelta(days=2), valid_to=day + timedelta(days=3))

    def shown(days: int) -> bool:
        at = NOW + timedelta(days=days)
        return queries.shown_entries(at).filter(pk=entry.pk).exists()

    assert [shown(days) for days in (0, 1, 2, 3, 4)] == [False, False, True, True, False]


def test_nobody_writes_for_another_agency(base: Base) -> None:
    with pytest.raises(MoveRefused):
        services.write_entry(
            text=base.text(), agency="TRAFFIC", actor=base.actor("officer"), at=NOW
        )


@pytest.mark.django_db(transaction=True)
def test_two_approve_at_once(base: Base) -> None:
    """One version comes of it, and one look is owed."""
    entry = base.proposed()
    start = threading.Barrier(2)

    def approve(player: str) -> str:
        try:
            start.wait(5)
            services.approve(number=entry.number, actor=base.actor(player), at=LATER)
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(approve, ["supervisor", "head"]))
    assert outcomes == ["done", "knowledge.move_refused"]
    assert (base.fresh(entry).version, entry.versions.count()) == (1, 1)
    assert Obligation.objects.filter(kind="service.knowledge.review").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_merge_crosswise(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first, and is told; they do not lock each other out."""
    pair = base.published(), base.published(question="別的問題？")
    together, locked = threading.Barrier(2), common.locked

    def slowly(*told: Any) -> Any:
        found = locked(*told)
        with suppress(threading.BrokenBarrierError):
            together.wait(0.5)
        return found

    monkeypatch.setattr(common, "locked", slowly)

    def crosswise(nth: int) -> str:
        try:
            merge(base, pair[nth], pair[1 - nth])
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(crosswise, range(2)))
    assert outcomes == {"done", "knowledge.not_mergeable"}
