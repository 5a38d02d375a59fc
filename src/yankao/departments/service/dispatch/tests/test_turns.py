"""The turns of a case, by the right people, in order, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction

from tests.cast import NOW, PLAYERS
from yankao.base.errors import Forbidden, NotVisible, Refused
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions, queries, services
from yankao.departments.service.dispatch.models import Case, CaseEntry
from yankao.departments.service.dispatch.permissions import Ties
from yankao.departments.service.dispatch.services import moving, turns
from yankao.departments.service.dispatch.workflow import WORKFLOW, Move, State
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.people import services as people
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
LATER = NOW + timedelta(hours=6)


def test_the_straight_path(town) -> None:
    case = town.closed(contact=services.Contact(phone="0912345678"))
    assert case.state == State.CLOSED
    moves = list(CaseEntry.objects.values_list("move", flat=True))
    assert moves == ["received", "accept", "report_done", "verify", "close"]
    assert Obligation.objects.filter(state="fulfilled").count() == 2
    assert not Obligation.objects.filter(state="open").exists()
    actions = [a.removeprefix("service.dispatch.") for a in
               Entry.objects.filter(action__startswith="service.dispatch.")
               .order_by("id").values_list("action", flat=True)]  # fmt: skip
    assert actions == ["received", "accept", "report_done", "verify", "close"]
    assert Notice.objects.filter(channel="sms").count() == 2, "on registration and on closing"


def test_done_stops_the_clock_and_checking_has_its_own(town) -> None:
    case = town.done()
    promise, checking = Obligation.objects.order_by("id")
    assert (promise.state, promise.ended_at) == ("fulfilled", case.done_at)
    assert (checking.kind, checking.state) == ("service.dispatch.verify", "open")


def test_return_begins_a_new_obligation(town) -> None:
    case = town.done()
    at = case.done_at + timedelta(hours=3)
    case = services.return_case(
        number=case.number, reason="照片不清楚", actor=town.actor("supervisor"), at=at
    )
    assert (case.state, case.done_at, case.public_remark) == (State.ACCEPTED, None, "")
    assert case.promise_id != case.handling_id
    assert case.handling.due_at == at + timedelta(hours=4)
    case = town.finish(case, at=at + timedelta(hours=1))
    case = services.verify_case(
        number=case.number, words="", actor=town.actor("head"), at=at + timedelta(hours=2)
    )
    assert case.state == State.CLOSED
    assert not Obligation.objects.filter(state="open").exists()


def test_return_needs_a_reason(town) -> None:
    case = town.done()
    with pytest.raises(moving.NoReason):
        services.return_case(
            number=case.number, reason=" ", actor=town.actor("supervisor"), at=LATER
        )
    case.refresh_from_db()
    assert case.state == State.DONE


@pytest.mark.parametrize(("photo", "remark"), [(False, "已填補。"), (True, " ")])
def test_done_needs_proof(town, photo, remark) -> None:
    case = town.accepted()
    with pytest.raises(turns.NoProof):
        services.report_done(
            number=case.number, words="", public_remark=remark,
            photos=[town.photo()] if photo else [], actor=town.actor("officer"), at=LATER,
        )  # fmt: skip
    assert Obligation.objects.get().state == "open"


def test_four_eyes(town) -> None:
    case = town.done(by="supervisor")
    with pytest.raises(moving.MoveRefused, match="不能自己查驗"):
        services.verify_case(number=case.number, words="", actor=town.actor("supervisor"), at=LATER)
    services.verify_case(number=case.number, words="", actor=town.actor("head"), at=LATER)


def test_a_deputy_is_not_a_second_pair_of_eyes(town) -> None:
    case = town.done(by="supervisor")
    reported_by = Case.objects.get(pk=case.pk).done_by
    stand_in = type(town.actor("officer"))(
        key="person:999999", name="代理人", grants=town.actor("supervisor").grants,
        acting_for="科長丙", principal_key=reported_by,
    )  # fmt: skip
    with pytest.raises(moving.MoveRefused):
        services.verify_case(number=case.number, words="", actor=stand_in, at=LATER)


def test_assignment_only_within_the_agency(town) -> None:
    case = town.accepted()
    people = town.cast.people
    services.assign_case(
        number=case.number, person_id=people["second_officer"].pk,
        actor=town.actor("supervisor"), at=LATER,
    )  # fmt: skip
    with pytest.raises(turns.NotAnOfficer):
        services.assign_case(
            number=case.number, person_id=people["other_officer"].pk,
            actor=town.actor("supervisor"), at=LATER,
        )  # fmt: skip
    case.refresh_from_db()
    assert case.officer == people["second_officer"]
    assert Obligation.objects.get().debtor_person == people["second_officer"]


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once(town) -> None:
    number = town.report().number

    def sign_in(player: str) -> str:
        try:
            with transaction.atomic():
                services.accept_case(number=number, actor=town.actor(player), at=LATER)
            return "signed in"
        except moving.Overtaken:
            return "overtaken"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(sign_in, ["officer", "second_officer"]))
    assert sorted(outcomes) == ["overtaken", "signed in"]
    assert CaseEntry.objects.filter(move="accept").count() == 1


# --- truth table: player × state × move ----------------------------------------------------------

HANDLERS = {"officer", "second_officer", "supervisor"}
VERIFIERS = {"supervisor", "head", "commission"}
READERS = HANDLERS | VERIFIERS | {"auditor", "agent"}
MASTERS = {"supervisor", "head"}
HANDERS = MASTERS | {"commission", "agent"}
JOINERS = HANDLERS | {"commission", "agent"}
WORKING = (State.RECEIVED, State.ACCEPTED, State.PAUSED)
ALLOWED = {
    (State.RECEIVED, Move.ACCEPT): HANDLERS,
    (State.RECEIVED, Move.ASSIGN): MASTERS,
    (State.ACCEPTED, Move.ASSIGN): MASTERS,
    (State.ACCEPTED, Move.REPORT_DONE): HANDLERS,
    (State.DONE, Move.VERIFY): VERIFIERS,
    (State.DONE, Move.RETURN): VERIFIERS,
    (State.VERIFIED, Move.CLOSE): VERIFIERS,
    **{(state, Move.REASSIGN): HANDERS for state in WORKING},
    **{(state, Move.SPLIT): HANDERS for state in WORKING},
    **{(state, Move.MARK_URGENT): HANDERS for state in WORKING},
    **{(state, Move.UNMARK_URGENT): HANDERS for state in WORKING},
    **{(state, Move.CANCEL): VERIFIERS for state in WORKING},
    (State.ACCEPTED, Move.ASK_EXTENSION): HANDLERS,
    (State.ACCEPTED, Move.GRANT_EXTENSION): MASTERS,
    (State.ACCEPTED, Move.REFUSE_EXTENSION): MASTERS,
    (State.ACCEPTED, Move.PAUSE): MASTERS,
    (State.PAUSED, Move.RESUME): HANDLERS,
    (State.RECEIVED, Move.JOIN): JOINERS,
    (State.ACCEPTED, Move.JOIN): JOINERS,
    (State.JOINED, Move.SEPARATE): JOINERS,
    (State.CLOSED, Move.REOPEN): HANDERS,
}
DECIDING = {Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_do_what_when(town, player, state) -> None:
    """Nothing else stands in the way: an extension waits where one is decided, and so on."""
    actor = town.actor(player)
    for move in Move:
        case = Case(
            agency=town.cast.roads, state=state, done_by="person:0",
            is_urgent=move == Move.UNMARK_URGENT,
        )  # fmt: skip
        ties = Ties(extension_asked_by="person:0" if move in DECIDING else "")
        allowed = permissions.why_not(actor, case, move, ties) is None
        assert allowed == (player in ALLOWED.get((state, move), set())), (player, state, move)
    assert permissions.may_see(actor, case) == (player in READERS)
    assert permissions.may_see_reporter(actor, case) == (player in HANDLERS | {"agent"})


def test_the_table_covers_every_edge() -> None:
    assert {(edge.source, edge.move) for edge in WORKFLOW.edges} == set(ALLOWED)


@pytest.mark.parametrize(
    ("move", "state", "ties", "changes"),
    [
        (Move.ASK_EXTENSION, State.ACCEPTED, Ties(extension_asked_by="person:0"), {}),
        (Move.GRANT_EXTENSION, State.ACCEPTED, Ties(), {}),
        (Move.REFUSE_EXTENSION, State.ACCEPTED, Ties(), {}),
        (Move.MARK_URGENT, State.RECEIVED, Ties(), {"is_urgent": True}),
        (Move.UNMARK_URGENT, State.RECEIVED, Ties(), {}),
        (Move.SPLIT, State.RECEIVED, Ties(), {"whole_id": 1}),
        (Move.JOIN, State.RECEIVED, Ties(open_parts=1), {}),
        (Move.VERIFY, State.DONE, Ties(open_parts=1), {}),
        (Move.CANCEL, State.RECEIVED, Ties(open_parts=1), {}),
        (Move.CANCEL, State.RECEIVED, Ties(followers=1), {}),
    ],
)
def test_what_stands_in_the_way(town, move, state, ties, changes) -> None:
    case = Case(agency=town.cast.roads, state=state, done_by="person:0", **changes)
    assert permissions.why_not(town.actor("supervisor"), case, move, ties)


def test_one_does_not_grant_ones_own_extension(town) -> None:
    supervisor = town.actor("supervisor")
    case = Case(agency=town.cast.roads, state=State.ACCEPTED)
    ties = Ties(extension_asked_by=supervisor.key)
    assert permissions.why_not(supervisor, case, Move.GRANT_EXTENSION, ties)
    assert permissions.why_not(town.actor("head"), case, Move.GRANT_EXTENSION, ties) is None


@pytest.mark.parametrize("player", PLAYERS)
def test_what_one_may_not_see_is_not_there(town, player) -> None:
    number = town.report().number
    actor = town.actor(player)
    if player in READERS:
        assert queries.case_for(actor, number, at=NOW).case.number == number
        expected: type[Refused] = Forbidden
    else:
        with pytest.raises(NotVisible):
            queries.case_for(actor, number, at=NOW)
        expected = NotVisible
    if player not in HANDLERS:
        with pytest.raises(expected) as refusal:
            services.accept_case(number=number, actor=actor, at=LATER)
        assert type(refusal.value).status == expected.status


def test_a_former_owner_keeps_its_own_period(town) -> None:
    case = town.accepted()
    given_away = NOW + timedelta(hours=1)
    subject = Subject("service.dispatch", case.pk)
    people.hand_over(
        subject=subject, to_agency="TRAFFIC", actor=town.actor("commission"), at=given_away
    )
    Case.objects.filter(pk=case.pk).update(agency="TRAFFIC")
    case.refresh_from_db()
    done = town.finish(case, by="other_officer", at=NOW + timedelta(hours=2))
    former = queries.case_for(town.actor("officer"), case.number, at=LATER)
    assert former.seen_until == given_away
    assert [line.title for line in former.timeline if line.kind == "move"] == ["受理並派工", "簽收"]
    assert former.attachments == []
    assert len(former.obligations) == 1
    assert former.allowed == frozenset()
    assert not former.may_see_reporter
    assert not queries.CaseSubjects().may_see(town.actor("officer"), case.pk)
    assert done.state == State.DONE
    held = queries.cases_for(town.actor("officer"), queries.CaseFilter(), at=NOW)
    assert not held.rows, "lists and exports hold only what is held now"
    with pytest.raises(NotVisible):
        queries.held_case(town.actor("officer"), case.number)
    present = queries.case_for(town.actor("other_officer"), case.number, at=LATER)
    assert len(present.attachments) == 1
    assert present.seen_until is None
    with pytest.raises(NotVisible):
        services.verify_case(number=case.number, words="", actor=town.actor("supervisor"), at=LATER)


def test_lists_hold_only_ones_own(town) -> None:
    mine, theirs = town.report(), town.report(item="light")
    seen = queries.cases_for(town.actor("officer"), queries.CaseFilter(), at=NOW)
    assert [case["number"] for case in seen.rows] == [mine.number]
    seen = queries.cases_for(town.actor("other_officer"), queries.CaseFilter(), at=NOW)
    assert [case["number"] for case in seen.rows] == [theirs.number]
    assert not queries.cases_for(town.actor("citizen"), queries.CaseFilter(), at=NOW).rows
    assert len(queries.cases_for(town.actor("auditor"), queries.CaseFilter(), at=NOW).rows) == 2
