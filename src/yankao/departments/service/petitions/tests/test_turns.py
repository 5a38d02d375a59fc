"""The turns of a petition, by the right people, in order, once."""

from datetime import timedelta

import pytest

from tests.cast import NOW, PLAYERS
from tests.factories import make_agency
from yankao.base.actors import system_actor
from yankao.base.errors import Forbidden, NotVisible, Refused
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import jobs, permissions, queries, services
from yankao.departments.service.petitions.models import Petition, PetitionEntry
from yankao.departments.service.petitions.permissions import Ties
from yankao.departments.service.petitions.services import handing, turns
from yankao.departments.service.petitions.tests.conftest import EAST, WANG
from yankao.departments.service.petitions.workflow import BY_ITSELF, KIND, WORKFLOW, Move, State
from yankao.kernel.casework.desk import CannotUndo, MoveRefused, NoReason, Overtaken
from yankao.kernel.casework.extensions import ExtensionTooLong
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.replies import services as replies
from yankao.kernel.replies.models import Reply
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
LATER = NOW + timedelta(hours=6)


# --- the answer, through kernel.replies ----------------------------------------------------------


def _reply(hall, case, *, approvers=("supervisor", "head"), at=LATER) -> Reply:
    """The officer writes, the chain approves; it waits for its minute."""
    officer = hall.actor("officer")
    reply = replies.write_draft(
        subject=Subject(KIND, case.pk), agency=case.agency_id, version=0, subject_line="答覆",
        body="已請人處理。", actor=officer, at=at,
    )  # fmt: skip
    replies.submit_reply(
        reply_id=reply.pk, version=reply.version, channel="email", actor=officer, at=at
    )
    for player in approvers:
        reply.refresh_from_db()
        replies.approve_reply(
            reply_id=reply.pk, version=reply.version, actor=hall.actor(player), at=at
        )
    reply.refresh_from_db()
    return reply


def test_an_approved_reply_answers_and_closes(hall) -> None:
    case = hall.accepted()
    reply = _reply(hall, case)
    assert hall.fresh(case).state == State.ACCEPTED, "nothing is done before it is sent"
    sent_at = LATER + timedelta(minutes=2)
    replies.send_due(reply_id=reply.pk, at=sent_at)
    told = {"reply_id": reply.pk, "subject_kind": KIND, "subject_id": case.pk,
            "agency": case.agency_id, "stage": "final", "at": sent_at.isoformat()}  # fmt: skip
    jobs.reply_sent(**told)
    jobs.reply_sent(**told)  # delivered at least once
    case = hall.fresh(case)
    assert (case.state, case.answered_at, case.closed_at) == (State.CLOSED, sent_at, sent_at)
    assert (case.handling.state, case.handling.ended_at) == ("fulfilled", sent_at)
    moves = list(PetitionEntry.objects.values_list("move", flat=True))
    assert moves == ["received", "accept", "answer", "close"]
    status = queries.status_by_token(hall.receive(intake_key=None).token)
    assert status.answer == ""
    mail = Notice.objects.filter(channel="email", subject_id=case.pk)
    assert mail.filter(template__key="replies.answer").exists()


def test_a_reply_of_a_former_owner_answers_nothing(hall) -> None:
    case = hall.accepted()
    done = services.answer_petition(
        petition_id=case.pk, agency="TRAFFIC", actor=system_actor("replies"), at=LATER
    )
    assert not done
    assert hall.fresh(case).state == State.ACCEPTED


def test_other_kinds_replies_are_no_business_of_ours(hall) -> None:
    case = hall.accepted()
    jobs.reply_sent(
        subject_kind="toy", subject_id=case.pk, agency=case.agency_id, at=LATER.isoformat()
    )
    assert hall.fresh(case).state == State.ACCEPTED


def test_the_mailbox_has_the_commission_in_its_chain(hall) -> None:
    make_agency("RDEC")
    case = hall.accepted(is_to_mayor=True)
    reply = _reply(hall, case)
    assert reply.state == "in_approval"
    assert [step["role"] for step in reply.steps] == ["section", "head", "commission"]


def test_reassigning_drops_the_reply_in_work(hall) -> None:
    case = hall.accepted()
    reply = _reply(hall, case, approvers=("supervisor",))
    services.reassign_petition(
        number=case.number, agency=hall.cast.traffic.code, reason="不是我們",
        actor=hall.actor("supervisor"), at=LATER,
    )  # fmt: skip
    reply.refresh_from_db()
    assert reply.state == "dropped"


def test_an_answer_while_waiting_counts_too(hall) -> None:
    case = hall.accepted()
    services.wait_for_citizen(
        number=case.number, reason="哪一戶？", actor=hall.actor("officer"), at=LATER
    )
    assert services.answer_petition(
        petition_id=case.pk, agency=case.agency_id, actor=system_actor("replies"),
        at=LATER + timedelta(days=1),
    )  # fmt: skip
    case = hall.fresh(case)
    assert (case.state, case.handling.state) == (State.CLOSED, "fulfilled")


def test_an_oral_answer_needs_somebody_else_and_words(hall) -> None:
    case = hall.accepted("supervisor")
    with pytest.raises(MoveRefused, match="承辦人不能自己核定"):
        services.record_answer(
            number=case.number, text="說了", actor=hall.actor("supervisor"), at=LATER
        )
    with pytest.raises(NoReason):
        services.record_answer(number=case.number, text=" ", actor=hall.actor("head"), at=LATER)
    services.record_answer(number=case.number, text="說了", actor=hall.actor("head"), at=LATER)
    case = hall.fresh(case)
    assert (case.state, case.answer_told) == (State.CLOSED, "說了")


# --- the clock -----------------------------------------------------------------------------------


def test_six_working_days_from_the_day_after(hall) -> None:
    """NOW is a Wednesday; the sixth working day after it is the next Thursday."""
    case = hall.fresh(hall.received())
    due = case.promise.due_at.astimezone(NOW.tzinfo)
    assert (due.date() - NOW.date()).days == 8
    assert hall.fresh(hall.received(is_to_mayor=True)).promise.due_at < case.promise.due_at


def test_waiting_stops_the_clock_and_tells_what_is_missing(hall) -> None:
    received = hall.receive()
    case = services.accept_petition(
        number=received.number, actor=hall.actor("officer"), at=NOW + timedelta(minutes=1)
    )
    services.wait_for_citizen(
        number=case.number, reason="請告訴我們門牌", actor=hall.actor("officer"), at=LATER
    )
    status = queries.status_by_token(received.token)
    assert (status.state, status.question) == ("waiting", "請告訴我們門牌")
    letters = Notice.objects.filter(template__key="petitions.waiting")
    assert {letter.channel for letter in letters} == {"sms", "email"}
    before = case.handling.due_at
    services.resume_petition(
        number=case.number, words="三樓", actor=hall.actor("officer"), at=LATER + timedelta(days=2)
    )
    assert hall.fresh(case).handling.due_at > before
    assert queries.status_by_token(received.token).question == ""


def test_waiting_needs_a_question(hall) -> None:
    case = hall.accepted()
    with pytest.raises(NoReason):
        services.wait_for_citizen(
            number=case.number, reason=" ", actor=hall.actor("officer"), at=LATER
        )


def test_extension_tells_the_citizen_the_new_day(hall) -> None:
    case = hall.accepted()
    before = hall.fresh(case).handling.due_at
    services.ask_extension(
        number=case.number, amount=3, reason="要會勘", actor=hall.actor("officer"), at=LATER
    )
    with pytest.raises(MoveRefused):
        services.grant_extension(
            number=case.number, words="", actor=hall.actor("officer"), at=LATER
        )
    services.grant_extension(number=case.number, words="", actor=hall.actor("supervisor"), at=LATER)
    case = hall.fresh(case)
    assert (case.handling.due_at > before, case.extensions_granted) == (True, 1)
    assert Notice.objects.filter(template__key="petitions.extended").count() == 2


def test_refused_extension_leaves_the_day(hall) -> None:
    case = hall.accepted()
    before = hall.fresh(case).handling.due_at
    services.ask_extension(
        number=case.number, amount=3, reason="要會勘", actor=hall.actor("officer"), at=LATER
    )
    services.refuse_extension(number=case.number, reason="不必", actor=hall.actor("head"), at=LATER)
    assert hall.fresh(case).handling.due_at == before
    assert not Notice.objects.filter(template__key="petitions.extended").exists()


@pytest.mark.parametrize("amount", [0, -1, 1000])
def test_extension_within_reason(hall, amount) -> None:
    case = hall.accepted()
    with pytest.raises(ExtensionTooLong):
        services.ask_extension(
            number=case.number, amount=amount, reason="?", actor=hall.actor("officer"), at=LATER
        )


# --- left unanswered -----------------------------------------------------------------------------


def test_decline_names_the_article_and_needs_two(hall) -> None:
    case = hall.declining("supervisor", sender=WANG)
    with pytest.raises(MoveRefused, match="不能自己核定"):
        services.approve_decline(number=case.number, actor=hall.actor("supervisor"), at=LATER)
    services.approve_decline(number=case.number, actor=hall.actor("head"), at=LATER)
    case = hall.fresh(case)
    assert (case.state, case.closed_at, case.handling.state) == ("declined", LATER, "fulfilled")
    assert Notice.objects.filter(template__key="petitions.declined").count() == 2
    said = PetitionEntry.objects.get(move=Move.PROPOSE_DECLINE).words
    assert "第 173 條第 1 款" in said


@pytest.mark.parametrize("ground", ["", "lazy", "NO_SUBSTANCE"])
def test_decline_on_no_other_ground(hall, ground) -> None:
    case = hall.accepted()
    with pytest.raises(turns.GroundUnknown):
        services.propose_decline(
            number=case.number, ground=ground, note="懶", text="不", actor=hall.actor("officer"),
            at=LATER,
        )  # fmt: skip
    assert hall.fresh(case).state == State.ACCEPTED


def test_refused_decline_goes_on(hall) -> None:
    case = hall.declining()
    services.refuse_decline(number=case.number, reason="有內容", actor=hall.actor("head"), at=LATER)
    assert hall.fresh(case).state == State.ACCEPTED
    hall_open = Obligation.objects.filter(state="open").values_list("kind", flat=True)
    assert list(hall_open) == ["service.petitions.handle"]


# --- other hands ---------------------------------------------------------------------------------


def test_reassigning_tells_the_citizen_and_keeps_the_promise(hall) -> None:
    case = hall.accepted()
    promised = hall.fresh(case).promise_id
    services.reassign_petition(
        number=case.number, agency=hall.cast.traffic.code, reason="公車的事",
        actor=hall.actor("supervisor"), at=LATER,
    )  # fmt: skip
    case = hall.fresh(case)
    assert (case.agency_id, case.state, case.promise_id) == ("TRAFFIC", "received", promised)
    assert case.handling_id != promised
    assert Notice.objects.filter(template__key="petitions.reassigned").count() == 2


def test_forth_but_not_back(hall) -> None:
    case = hall.accepted()
    move = {"number": case.number, "reason": "不是我們", "at": LATER}
    services.reassign_petition(agency="TRAFFIC", actor=hall.actor("supervisor"), **move)
    agent, commission = hall.actor("agent"), hall.actor("commission")
    services.reassign_petition(agency="ROADS", actor=commission, **move)
    assert hall.fresh(case).reassignments == 2
    assert Notice.objects.filter(template__key="petitions.loop").exists()
    assert agent.agencies_for("service.petitions.reassign") is None


def test_an_agency_cannot_send_it_back(hall) -> None:
    case = hall.accepted()
    move = {"number": case.number, "reason": "不是我們", "at": LATER}
    services.reassign_petition(agency="TRAFFIC", actor=hall.actor("supervisor"), **move)
    from yankao.base.actors import Actor, Grant

    chief = Actor(
        key="person:0", name="交通局科長", agency="TRAFFIC",
        grants=frozenset(
            Grant(f"service.petitions.{name}", "TRAFFIC") for name in ("read", "reassign")
        ),
    )  # fmt: skip
    with pytest.raises(handing.GoesInCircles):
        services.reassign_petition(agency="ROADS", actor=chief, **move)


def test_parts_are_answered_each_and_the_whole_closes_last(hall) -> None:
    case = hall.accepted()
    (part,) = services.split_petition(
        number=case.number, parts=[services.Part("TRAFFIC", "請答覆公車")],
        actor=hall.actor("supervisor"), at=LATER,
    )  # fmt: skip
    assert part.number == f"{case.number}-1"
    services.record_answer(number=case.number, text="好", actor=hall.actor("head"), at=LATER)
    assert hall.fresh(case).state == State.ANSWERED
    Petition.objects.filter(pk=part.pk).update(state="accepted")
    assert services.answer_petition(
        petition_id=part.pk, agency="TRAFFIC", actor=system_actor("replies"), at=LATER
    )
    assert (hall.fresh(part).state, hall.fresh(case).state) == (State.CLOSED, State.CLOSED)


def test_a_part_is_answered_to_who_sent_the_whole(hall) -> None:
    case = hall.accepted()
    (part,) = services.split_petition(
        number=case.number, parts=[services.Part("TRAFFIC", "請答覆公車")],
        actor=hall.actor("supervisor"), at=LATER,
    )  # fmt: skip
    brief = queries.PetitionReplies().reply_brief(part.pk, "TRAFFIC")
    assert brief.citizen.email == WANG.email
    assert queries.PetitionReplies().reply_brief(part.pk, "ROADS") is None


@pytest.mark.parametrize(
    "parts", [[], [("TRAFFIC", "a"), ("TRAFFIC", "b")], [("ROADS", "a")], [("NOBODY", "a")],
              [("TRAFFIC", " ")]],
)  # fmt: skip
def test_parts_wrong(hall, parts) -> None:
    case = hall.accepted()
    with pytest.raises(Refused):
        services.split_petition(
            number=case.number, parts=[services.Part(*part) for part in parts],
            actor=hall.actor("supervisor"), at=LATER,
        )  # fmt: skip
    assert Petition.objects.count() == 1


def test_a_copy_may_read_and_nothing_else(hall) -> None:
    case = hall.accepted()
    other = hall.actor("other_officer")
    with pytest.raises(NotVisible):
        queries.petition_for(other, case.number, at=LATER)
    for _again in range(2):
        services.copy_petition(
            number=case.number, agency="TRAFFIC", actor=hall.actor("supervisor"), at=LATER
        )
    found = queries.petition_for(other, case.number, at=LATER)
    assert found.is_copy
    assert found.moves == ()
    assert not found.may_see_petitioner
    assert queries.is_held(other, case.number)
    with pytest.raises(NotVisible):
        services.accept_petition(number=case.number, actor=other, at=LATER)
    with pytest.raises(NotVisible):
        queries.petitioner_of(other, case.number)
    assert PetitionEntry.objects.filter(move="copy").count() == 1


def test_the_former_owner_reads_its_period(hall) -> None:
    case = hall.accepted()
    services.reassign_petition(
        number=case.number, agency="TRAFFIC", reason="公車", actor=hall.actor("supervisor"),
        at=LATER,
    )  # fmt: skip
    services.accept_petition(
        number=case.number, actor=hall.actor("other_officer"), at=LATER + timedelta(hours=1)
    )
    found = queries.petition_for(hall.actor("officer"), case.number, at=LATER + timedelta(days=1))
    assert found.seen_until == LATER
    assert max(line.at for line in found.timeline) <= LATER
    assert found.moves == ()


# --- the same matter, secrets --------------------------------------------------------------------


def test_linked_petitions_stay_two(hall) -> None:
    one, two = hall.accepted(), hall.accepted()
    services.link_petition(
        number=two.number, other=one.number, reason="", actor=hall.actor("officer"), at=LATER
    )
    assert Petition.objects.filter(state="accepted").count() == 2
    assert queries.petition_for(hall.actor("officer"), one.number, at=LATER).related.same == [two]
    services.unlink_petition(
        number=two.number, reason="不同", actor=hall.actor("officer"), at=LATER
    )
    assert hall.fresh(two).same_as is None


@pytest.mark.parametrize("other", ["itself", "elsewhere", "nothing"])
def test_link_only_to_what_one_sees(hall, other) -> None:
    case = hall.accepted()
    elsewhere = hall.received(matter={"item": "bus"})
    number = {"itself": case.number, "elsewhere": elsewhere.number, "nothing": "P1"}[other]
    with pytest.raises(handing.NotTheSame):
        services.link_petition(
            number=case.number, other=number, reason="", actor=hall.actor("officer"), at=LATER
        )


def test_a_secret_is_read_by_its_officer_and_approvers(hall) -> None:
    case = hall.accepted(is_confidential=True)
    for player, reads in (
        ("officer", True), ("supervisor", True), ("head", True), ("second_officer", False),
        ("commission", False), ("auditor", False), ("agent", False),
    ):  # fmt: skip
        actor = hall.actor(player)
        found = queries.petition_for(actor, case.number, at=LATER)
        assert found.may_read_content == reads, player
        assert bool(found.may_see_petitioner) == (reads and player != "head"), player
        (row,) = queries.petitions_for(actor, queries.PetitionFilter(), at=LATER).rows
        assert (row.title == "夜間噪音") == reads, player
        assert (row.content != "") == reads, player
        assert queries.PetitionSubjects().may_see(actor, case.pk) == reads, player
    hidden = queries.PetitionFilter(text="噪音")
    assert not queries.petitions_for(hall.actor("officer"), hidden, at=LATER).rows
    (document,) = queries.PetitionSearch().documents([case.pk])
    assert "噪音" not in f"{document.title}{document.body}{document.place}"
    _head, cells = queries.petition_sheet(Petition.objects.all())
    assert "夜間噪音" not in str(list(cells))


def test_words_of_moves_are_secret_too(hall) -> None:
    case = hall.accepted(is_confidential=True)
    services.wait_for_citizen(
        number=case.number, reason="鄰居的門牌", actor=hall.actor("officer"), at=LATER
    )
    seen = queries.petition_for(hall.actor("commission"), case.number, at=LATER)
    assert "門牌" not in str(seen.timeline)
    with pytest.raises(Forbidden):
        services.resume_petition(
            number=case.number, words="", actor=hall.actor("second_officer"), at=LATER
        )


# --- ends and the way back -----------------------------------------------------------------------


def test_withdrawn_and_reopened(hall) -> None:
    case = hall.accepted()
    services.withdraw_petition(
        number=case.number, reason="來電", actor=hall.actor("officer"), at=LATER
    )
    case = hall.fresh(case)
    assert (case.state, case.handling.state) == (State.WITHDRAWN, "lapsed")
    services.reopen_petition(
        number=case.number, reason="又來", actor=hall.actor("agent"), at=LATER + timedelta(days=1)
    )
    case = hall.fresh(case)
    assert (case.state, case.closed_at, case.officer_id) == (State.RECEIVED, None, None)
    assert case.promise_id == case.handling_id


def test_a_reopened_answer_is_told_no_more(hall) -> None:
    received = hall.receive()
    services.accept_petition(number=received.number, actor=hall.actor("officer"), at=LATER)
    services.record_answer(
        number=received.number, text="舊答覆", actor=hall.actor("head"), at=LATER
    )
    assert queries.status_by_token(received.token).answer == "舊答覆"
    services.reopen_petition(
        number=received.number, reason="不滿意", actor=hall.actor("head"), at=LATER
    )
    assert queries.status_by_token(received.token).answer == ""


def test_undo_within_a_minute(hall) -> None:
    case = hall.received()
    officer = hall.actor("officer")
    services.accept_petition(number=case.number, actor=officer, at=LATER)
    with pytest.raises(CannotUndo):
        services.undo_move(
            number=case.number, actor=officer, at=LATER + timedelta(minutes=1, seconds=1)
        )
    services.undo_move(number=case.number, actor=officer, at=LATER + timedelta(seconds=59))
    case = hall.fresh(case)
    assert (case.state, case.officer_id, case.accepted_at) == (State.RECEIVED, None, None)
    with pytest.raises(CannotUndo):
        services.undo_move(number=case.number, actor=officer, at=LATER + timedelta(seconds=59))


def test_undo_of_waiting_starts_the_clock(hall) -> None:
    case = hall.accepted()
    officer = hall.actor("officer")
    services.wait_for_citizen(number=case.number, reason="?", actor=officer, at=LATER)
    services.undo_move(number=case.number, actor=officer, at=LATER + timedelta(seconds=9))
    assert hall.fresh(case).handling.state == "open"


def test_overtaken(hall) -> None:
    case = hall.accepted()
    with pytest.raises(Overtaken):
        services.accept_petition(number=case.number, actor=hall.actor("supervisor"), at=LATER)


def test_every_view_of_the_petitioner_is_in_the_trail(hall) -> None:
    case = hall.accepted()
    assert queries.petitioner_of(hall.actor("officer"), case.number).name == "王小明"
    services.record_petitioner_view(number=case.number, actor=hall.actor("officer"), at=LATER)
    assert Entry.objects.filter(action="service.petitions.petitioner_seen").count() == 1
    for player in ("commission", "auditor", "head", "other_officer", "citizen"):
        with pytest.raises(NotVisible):
            services.record_petitioner_view(number=case.number, actor=hall.actor(player), at=LATER)


def test_the_caller_is_known_but_not_by_secrets(hall) -> None:
    hall.received(matter={"district": EAST, "place_words": "某路"})
    hall.received(is_confidential=True)
    found = queries.caller_of(hall.actor("agent"), "0912-345-678", at=LATER)
    assert (found.name, len(found.cases)) == ("王小明", 1)
    assert queries.caller_of(hall.actor("auditor"), "0912345678", at=LATER) is None
    assert queries.caller_of(hall.actor("agent"), "345678", at=LATER) is None


# --- truth table: player × state × move ----------------------------------------------------------

HANDLERS = {"officer", "second_officer", "supervisor"}
MASTERS = {"supervisor", "head"}
READERS = HANDLERS | MASTERS | {"commission", "auditor", "agent"}
HANDERS = MASTERS | {"commission", "agent"}
LINKERS = HANDLERS | {"commission", "agent"}
HIDERS = MASTERS | {"commission"}
WITHDRAWERS = HANDLERS | {"agent"}
WORKING = (State.RECEIVED, State.ACCEPTED, State.WAITING)
ENDED = (State.CLOSED, State.DECLINED, State.WITHDRAWN)
ALLOWED = {
    (State.RECEIVED, Move.ACCEPT): HANDLERS,
    (State.RECEIVED, Move.ASSIGN): MASTERS,
    (State.ACCEPTED, Move.ASSIGN): MASTERS,
    (State.ACCEPTED, Move.WAIT): HANDLERS,
    (State.WAITING, Move.RESUME): HANDLERS,
    (State.ACCEPTED, Move.ANSWER): MASTERS,
    (State.WAITING, Move.ANSWER): MASTERS,
    (State.ACCEPTED, Move.RECORD_ANSWER): MASTERS,
    (State.ANSWERED, Move.CLOSE): MASTERS,
    (State.ACCEPTED, Move.PROPOSE_DECLINE): HANDLERS,
    (State.DECLINING, Move.APPROVE_DECLINE): MASTERS,
    (State.DECLINING, Move.REFUSE_DECLINE): MASTERS,
    (State.ACCEPTED, Move.ASK_EXTENSION): HANDLERS,
    (State.ACCEPTED, Move.GRANT_EXTENSION): MASTERS,
    (State.ACCEPTED, Move.REFUSE_EXTENSION): MASTERS,
    **{(state, move): HANDERS for state in WORKING for move in (Move.REASSIGN, Move.SPLIT)},
    **{(state, Move.COPY): HANDERS for state in State if state not in ENDED},
    **{(state, Move.LINK): LINKERS for state in State},
    **{(state, Move.UNLINK): LINKERS for state in State},
    **{(state, Move.CONCEAL): HIDERS for state in State},
    **{(state, Move.REVEAL): HIDERS for state in State},
    **{(state, Move.WITHDRAW): WITHDRAWERS for state in WORKING},
    **{(state, Move.REOPEN): HANDERS for state in ENDED},
}
DECIDING = {Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_do_what_when(hall, player, state) -> None:
    """Nothing else stands in the way: an extension waits where one is decided, and so on."""
    actor = hall.actor(player)
    for move in Move:
        case = Petition(
            agency=hall.cast.roads, state=state, is_confidential=False,
            same_as_id=7 if move == Move.UNLINK else None, officer_id=0,
        )  # fmt: skip
        if move == Move.REVEAL:
            case.is_confidential = True
        ties = Ties(extension_asked_by="person:0" if move in DECIDING else "")
        allowed = permissions.why_not(actor, case, move, ties) is None
        assert allowed == (player in ALLOWED.get((state, move), set())), (player, state, move)
    case.is_confidential = False
    assert permissions.may_handle(actor, case) == (player in READERS)
    assert permissions.may_see_petitioner(actor, case) == (player in HANDLERS | {"agent"})


def test_the_table_covers_every_edge() -> None:
    assert {(edge.source, edge.move) for edge in WORKFLOW.edges} == set(ALLOWED)


def test_every_move_is_offered_or_happens_by_itself(hall) -> None:
    from yankao.departments.service.petitions.pages import cases, moves

    assert set(moves.FACES) == set(cases.KEYS) == set(Move) - BY_ITSELF
