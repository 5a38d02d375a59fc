"""The turns off the straight path: other hands, more time, one matter, other ends, taking back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction

from tests.cast import NOW
from yankao.base.actors import ANONYMOUS
from yankao.base.errors import Forbidden, NotVisible, Refused
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.models import Case, CaseEntry, Extension
from yankao.departments.service.dispatch.services import (
    endings,
    handing,
    intake,
    joining,
    moving,
    undoing,
)
from yankao.departments.service.dispatch.workflow import State
from yankao.kernel.casework.extensions import LONGEST, ExtensionTooLong
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.people.models import Tenure
from yankao.kernel.trail.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def after(**span):
    return NOW + timedelta(**span)


def by_phone(phone="0912345678"):
    return services.Contact(phone=phone)


def told(template):
    return Notice.objects.filter(template__key=template)


# --- another agency -----------------------------------------------------------------------------


def reassign(town, case, agency="TRAFFIC", by="supervisor", **changes):
    arguments = {"reason": "屬號誌設備", "at": after(minutes=20), **changes}
    return services.reassign_case(
        number=case.number, agency=agency, actor=town.actor(by), **arguments
    )


def test_reassigned_to_be_signed_in_anew(town) -> None:
    before = town.accepted()
    case = reassign(town, before)
    assert (case.state, case.agency_id, case.officer_id) == (State.RECEIVED, "TRAFFIC", None)
    old, new = Obligation.objects.order_by("id")
    assert (old.state, old.debtor_agency_id) == ("lapsed", "ROADS")
    assert (new.state, new.debtor_agency_id) == ("open", "TRAFFIC")
    assert new.due_at == after(minutes=20) + timedelta(hours=4), "a term of its own"
    assert case.promise_id == old.pk, "the citizen's promise stays"
    first, second = Tenure.objects.order_by("from_at")
    assert (first.agency_id, first.until_at) == ("ROADS", second.from_at)


def test_the_former_owner_keeps_its_period_and_no_more(town) -> None:
    case = reassign(town, town.accepted())
    former = queries.case_for(town.actor("officer"), case.number, at=after(hours=1))
    assert former.seen_until == after(minutes=20)
    assert not former.allowed
    services.accept_case(number=case.number, actor=town.actor("other_officer"), at=after(hours=1))
    former = queries.case_for(town.actor("officer"), case.number, at=after(hours=2))
    assert [line.title for line in former.timeline if line.kind == "move"] == [
        "受理並派工", "簽收", "改分",
    ]  # fmt: skip
    with pytest.raises(NotVisible):
        services.accept_case(number=case.number, actor=town.actor("officer"), at=after(hours=2))


def test_agencies_cannot_pass_a_case_back_and_forth(town) -> None:
    case = reassign(town, town.accepted())
    town.cast.people["other_officer"].assignments.update(role="SUPERVISOR")
    with pytest.raises(handing.GoesInCircles):
        reassign(town, case, "ROADS", by="other_officer", at=after(hours=1))
    assert not told("dispatch.loop").exists()
    case = reassign(town, case, "ROADS", by="commission", at=after(hours=2))
    assert case.agency_id == "ROADS"
    assert told("dispatch.loop").count() == 1, "the commission is warned at the second time"
    with pytest.raises(handing.GoesInCircles, match="研考會"):
        reassign(town, case, "PWB", at=after(hours=3))


@pytest.mark.parametrize("agency", ["ROADS", "NOBODY", ""])
def test_reassigned_to_an_agency_that_can_take_it(town, agency) -> None:
    case = town.accepted()
    with pytest.raises(handing.NoSuchAgency):
        reassign(town, case, agency)
    assert Obligation.objects.get().state == "open"


def test_reassigning_needs_a_reason(town) -> None:
    with pytest.raises(moving.NoReason):
        reassign(town, town.accepted(), reason=" ")


# --- parts --------------------------------------------------------------------------------------


def split(town, case, *agencies, at=None):
    return services.split_case(
        number=case.number,
        parts=[services.Part(agency, "請修號誌") for agency in agencies or ("TRAFFIC",)],
        actor=town.actor("supervisor"),
        at=at or after(minutes=30),
    )


def test_a_part_is_a_case_of_its_own_without_the_reporter(town) -> None:
    whole = town.accepted(contact=by_phone(), photos=[town.photo()])
    (part,) = split(town, whole)
    assert part.number == f"{whole.number}-1"
    assert (part.state, part.agency_id, part.whole_id) == (State.RECEIVED, "TRAFFIC", whole.pk)
    assert Obligation.objects.get(pk=part.promise_id).due_at == after(minutes=270)
    seen = queries.case_for(town.actor("other_officer"), part.number, at=after(hours=1))
    assert len(seen.attachments) == 1
    assert queries.reporter_of(town.actor("agent"), part.number) is None
    with pytest.raises(NotVisible):
        queries.case_for(town.actor("other_officer"), whole.number, at=after(hours=1))


def test_the_whole_closes_last(town) -> None:
    whole = town.accepted()
    (part,) = split(town, whole)
    town.finish(whole, at=after(hours=1))
    with pytest.raises(moving.MoveRefused, match="分辦"):
        services.verify_case(
            number=whole.number, words="", actor=town.actor("supervisor"), at=after(hours=2)
        )
    services.cancel_case(
        number=part.number, reason="重複", public_remark="已由養工處處理",
        actor=town.actor("commission"), at=after(hours=2),
    )  # fmt: skip
    closed = services.verify_case(
        number=whole.number, words="", actor=town.actor("supervisor"), at=after(hours=3)
    )
    assert closed.state == State.CLOSED


def test_parts_are_numbered_on_and_no_agency_twice(town) -> None:
    whole = town.accepted()
    split(town, whole)
    (second,) = split(town, whole, "PWB")
    assert second.number.endswith("-2")
    with pytest.raises(handing.PartsWrong):
        split(town, whole, "TRAFFIC", "TRAFFIC")
    with pytest.raises(handing.NoSuchAgency):
        split(town, whole, "ROADS")


# --- more time ----------------------------------------------------------------------------------


def ask(town, case, amount=3, at=None):
    return services.ask_extension(
        number=case.number, amount=amount, reason="等材料", actor=town.actor("officer"),
        at=at or after(hours=1),
    )  # fmt: skip


def test_granted_time_moves_the_due_time_and_the_reporter_hears(town) -> None:
    case = ask(town, town.accepted(contact=by_phone()))
    assert Obligation.objects.get(kind="service.dispatch.extension").due_at == after(hours=3)
    services.grant_extension(
        number=case.number, words="同意", actor=town.actor("supervisor"), at=after(hours=2)
    )
    handling = Obligation.objects.get(pk=case.handling_id)
    assert (handling.due_at, handling.promised_due_at) == (after(hours=7), after(hours=4))
    assert told("dispatch.extended").count() == 1
    assert Extension.objects.get().outcome == "granted"
    assert not Obligation.objects.filter(kind="service.dispatch.extension", state="open").exists()


def test_refused_time_changes_nothing(town) -> None:
    case = ask(town, town.accepted())
    services.refuse_extension(
        number=case.number, reason="材料已到", actor=town.actor("head"), at=after(hours=2)
    )
    assert Obligation.objects.get(pk=case.handling_id).due_at == after(hours=4)
    assert told("dispatch.extension_refused").count() == 1


@pytest.mark.parametrize("amount", [0, -1, LONGEST + 1])
def test_an_amount_that_makes_no_sense(town, amount) -> None:
    with pytest.raises(ExtensionTooLong):
        ask(town, town.accepted(), amount)


def test_one_request_waits_at_a_time_and_falls_away_with_the_work(town) -> None:
    case = ask(town, town.accepted())
    with pytest.raises(moving.MoveRefused):
        ask(town, case)
    town.finish(case, at=after(hours=2))
    assert Extension.objects.get().outcome == "moot"
    assert not Obligation.objects.filter(kind="service.dispatch.extension", state="open").exists()


def test_a_pause_moves_the_due_time_by_what_it_took(town) -> None:
    case = services.pause_case(
        number=town.accepted().number, reason="豪雨", actor=town.actor("supervisor"),
        at=after(hours=1),
    )  # fmt: skip
    assert case.state == State.PAUSED
    case = services.resume_case(number=case.number, actor=town.actor("officer"), at=after(hours=6))
    assert case.state == State.ACCEPTED
    assert Obligation.objects.get().due_at == after(hours=9)


# --- one matter ---------------------------------------------------------------------------------


def join(town, lead, *others, by="supervisor", at=None):
    return services.join_cases(
        lead=lead.number, numbers=[o.number for o in others], reason="同一個坑洞",
        actor=town.actor(by), at=at or after(minutes=30),
    )  # fmt: skip


def test_joined_cases_share_the_work_and_every_reporter_is_told(town) -> None:
    lead = town.accepted(contact=by_phone())
    other = town.report(contact=by_phone("0922345678"), at=after(minutes=5))
    assert join(town, lead, other) == 1
    joined = Case.objects.get(number=other.number)
    assert (joined.state, joined.lead_id, joined.handling_id) == (State.JOINED, lead.pk, None)
    assert Obligation.objects.get(pk=joined.promise_id).state == "lapsed"
    town.finish(lead, at=after(hours=2))
    joined.refresh_from_db()
    assert joined.done_at == after(hours=2), "measured by its own promise, done with the lead"
    services.verify_case(number=lead.number, words="", actor=town.actor("head"), at=after(hours=3))
    joined.refresh_from_db()
    assert (joined.state, joined.closed_at) == (State.CLOSED, after(hours=3))
    assert told("dispatch.closed").count() == 2
    assert not Obligation.objects.filter(state="open").exists()
    closings = Entry.objects.filter(action="service.dispatch.close")
    assert set(closings.values_list("subject_id", flat=True)) == {lead.pk, joined.pk}


def test_a_return_takes_the_joined_ones_back_too(town) -> None:
    lead, other = town.accepted(), town.report()
    join(town, lead, other)
    town.finish(lead, at=after(hours=2))
    services.return_case(
        number=lead.number, reason="沒壓實", actor=town.actor("head"), at=after(hours=3)
    )
    assert Case.objects.get(number=other.number).done_at is None


def test_joining_again_joins_nothing_and_never_in_circles(town) -> None:
    lead, other = town.accepted(), town.report()
    assert join(town, lead, other) == 1
    assert join(town, lead, other) == 0
    with pytest.raises(joining.CannotLead):
        join(town, town.case(other), lead)
    with pytest.raises(joining.CannotLead):
        join(town, lead, lead)


def test_who_followed_the_joined_one_follows_the_new_lead(town) -> None:
    first, second, third = town.accepted(), town.report(), town.report()
    join(town, town.case(second), third)
    join(town, first, second)
    assert set(first.followers.values_list("number", flat=True)) == {second.number, third.number}


def test_joined_cases_go_where_the_lead_goes(town) -> None:
    lead, other = town.accepted(), town.report()
    join(town, lead, other)
    reassign(town, lead, at=after(hours=1))
    assert Case.objects.get(number=other.number).agency_id == "TRAFFIC"
    with pytest.raises(NotVisible):
        queries.held_case(town.actor("officer"), other.number)


def test_another_agencys_case_is_not_there_to_be_joined(town) -> None:
    mine, theirs = town.accepted(), town.report(item="light")
    with pytest.raises(NotVisible):
        join(town, mine, theirs)
    assert join(town, mine, theirs, by="commission") == 1
    assert Case.objects.get(number=theirs.number).agency_id == "ROADS"


def test_separated_again_it_has_a_clock_of_its_own(town) -> None:
    lead, other = town.accepted(), town.report()
    join(town, lead, other)
    case = services.separate_case(
        number=other.number, reason="另一個坑洞", actor=town.actor("officer"), at=after(hours=1)
    )
    assert (case.state, case.lead_id) == (State.RECEIVED, None)
    assert Obligation.objects.get(pk=case.handling_id).due_at == after(hours=5)
    assert Obligation.objects.get(pk=case.promise_id).due_at == after(hours=4)


def test_reported_as_a_duplicate_it_shares_the_promise(town) -> None:
    lead = town.accepted()
    other = town.report(joins=lead.number, at=after(hours=1), contact=by_phone())
    case = town.case(other)
    assert (case.state, case.lead_id, case.promise_id) == (State.JOINED, lead.pk, lead.promise_id)
    assert other.due_at == after(hours=4)
    assert Obligation.objects.count() == 1
    assert told("dispatch.received").count() == 1
    case = services.separate_case(
        number=other.number, reason="另一個", actor=town.actor("officer"), at=after(hours=2)
    )
    assert case.promise_id == case.handling_id != lead.promise_id


def test_a_duplicate_of_what_is_over_stands_alone(town) -> None:
    closed = town.closed()
    other = town.case(town.report(joins=closed.number, at=after(hours=5)))
    assert (other.state, other.lead_id) == (State.RECEIVED, None)
    elsewhere = town.case(town.report(item="light", joins=other.number, at=after(hours=5)))
    assert elsewhere.lead_id is None, "of another item"


@pytest.mark.django_db(transaction=True)
def test_two_who_join_crosswise(town) -> None:
    first, second = town.report(), town.report()

    def run(pair) -> str:
        lead, other = pair
        try:
            with transaction.atomic():
                join(town, lead, other)
            return "joined"
        except Refused:
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(run, [(first, second), (second, first)]))
    assert sorted(outcomes) == ["joined", "refused"]
    assert Case.objects.filter(state=State.JOINED).count() == 1


# --- other ends ---------------------------------------------------------------------------------


def test_cancelled_with_a_word_to_the_citizen(town) -> None:
    case = town.accepted(contact=by_phone())
    case = services.cancel_case(
        number=case.number, reason="私人土地", public_remark="這裡是私人土地，請洽所有人。",
        actor=town.actor("supervisor"), at=after(hours=1),
    )  # fmt: skip
    assert (case.state, case.closed_at) == (State.CANCELLED, after(hours=1))
    assert Obligation.objects.get().state == "lapsed"
    assert told("dispatch.cancelled").count() == 1


def test_reopened_it_was_not_done(town) -> None:
    closed = town.closed()
    case = services.reopen_case(
        number=closed.number, reason="又破了", actor=town.actor("agent"), at=after(days=1)
    )
    assert (case.state, case.done_at, case.closed_at) == (State.RECEIVED, None, None)
    assert case.promise_id == closed.promise_id
    assert Obligation.objects.get(state="open").due_at == after(days=1, hours=4)
    assert told("dispatch.reopened").exists()


def test_the_reporter_may_say_once_that_it_is_still_bad(town) -> None:
    case = town.closed()
    services.say_still_bad(number=case.number, words="還在", actor=ANONYMOUS, at=after(days=2))
    assert Case.objects.get(pk=case.pk).state == State.RECEIVED
    with pytest.raises(endings.TooLateToSay):
        services.say_still_bad(number=case.number, words="", actor=ANONYMOUS, at=after(days=2))


def test_not_after_its_days_and_not_of_what_was_cancelled(town) -> None:
    case = town.closed()
    with pytest.raises(endings.TooLateToSay):
        services.say_still_bad(number=case.number, words="", actor=ANONYMOUS, at=after(days=8))
    other = town.accepted()
    services.cancel_case(
        number=other.number, reason="x", public_remark="y", actor=town.actor("head"),
        at=after(hours=1),
    )  # fmt: skip
    with pytest.raises(endings.TooLateToSay):
        services.say_still_bad(number=other.number, words="", actor=ANONYMOUS, at=after(hours=2))


def test_a_joined_case_comes_back_by_itself(town) -> None:
    lead = town.accepted()
    other = town.report(joins=lead.number, at=after(minutes=30))
    town.finish(lead, at=after(hours=1))
    services.verify_case(number=lead.number, words="", actor=town.actor("head"), at=after(hours=2))
    services.say_still_bad(number=other.number, words="", actor=ANONYMOUS, at=after(hours=3))
    case = town.case(other)
    assert (case.state, case.lead_id) == (State.RECEIVED, None)
    assert Case.objects.get(pk=lead.pk).state == State.CLOSED


# --- urgent, and taking back --------------------------------------------------------------------


def test_urgent_is_told_and_can_be_taken_back_within_a_minute(town) -> None:
    number = town.report().number
    agent = town.actor("agent")
    services.mark_urgent(number=number, reason="有人摔倒", actor=agent, at=after(minutes=1))
    assert told("dispatch.urgent").exists()
    case = services.undo_move(number=number, actor=agent, at=after(minutes=2))
    assert not case.is_urgent
    assert [e.move for e in CaseEntry.objects.all()] == ["received", "mark_urgent", "undo"]
    with pytest.raises(undoing.CannotUndo):
        services.undo_move(number=number, actor=agent, at=after(minutes=2))


def test_an_acceptance_taken_back_leaves_nobody_named(town) -> None:
    case = town.accepted(after_minutes=10)
    officer = town.actor("officer")
    at = after(minutes=10, seconds=59)
    case = services.undo_move(number=case.number, actor=officer, at=at)
    assert (case.state, case.officer_id, case.accepted_at) == (State.RECEIVED, None, None)
    assert Obligation.objects.get().debtor_person_id is None


def test_an_assignment_taken_back_names_the_one_before(town) -> None:
    case = town.accepted()
    people, supervisor = town.cast.people, town.actor("supervisor")
    services.assign_case(
        number=case.number, person_id=people["second_officer"].pk, actor=supervisor,
        at=after(minutes=11),
    )  # fmt: skip
    case = services.undo_move(number=case.number, actor=supervisor, at=after(minutes=11))
    assert case.officer_id == people["officer"].pk == Obligation.objects.get().debtor_person_id
    case.refresh_from_db()
    assert case.accepted_at == after(minutes=10)


@pytest.mark.parametrize(
    ("player", "seconds"), [("officer", 61), ("second_officer", 5), ("supervisor", 5)]
)
def test_not_later_and_not_somebody_elses(town, player, seconds) -> None:
    case = town.accepted()
    at = after(minutes=10, seconds=seconds)
    with pytest.raises(undoing.CannotUndo):
        services.undo_move(number=case.number, actor=town.actor(player), at=at)


def test_a_pause_and_a_request_taken_back(town) -> None:
    case = town.accepted()
    supervisor = town.actor("supervisor")
    services.pause_case(number=case.number, reason="雨", actor=supervisor, at=after(minutes=20))
    case = services.undo_move(number=case.number, actor=supervisor, at=after(minutes=20, seconds=9))
    assert case.state == State.ACCEPTED
    assert Obligation.objects.get().state == "open"
    ask(town, case, at=after(minutes=30))
    services.undo_move(number=case.number, actor=town.actor("officer"), at=after(minutes=30))
    assert Extension.objects.get().outcome == "moot"


def test_what_is_not_harmless_stays(town) -> None:
    case = town.done()
    with pytest.raises(undoing.CannotUndo):
        services.undo_move(number=case.number, actor=town.actor("officer"), at=case.done_at)


# --- papers entered later -----------------------------------------------------------------------


def paper(town, by="agent", channel="paper", **changes):
    late = {"received_at": after(hours=-5), "reason": "停電", "paper_number": "P-001", **changes}
    return town.report(channel=channel, actor=town.actor(by), late=services.Late(**late))


def test_a_paper_keeps_its_true_time(town) -> None:
    case = town.case(paper(town))
    assert (case.received_at, case.recorded_at) == (after(hours=-5), NOW)
    assert Obligation.objects.get().due_at == after(hours=-1), "overdue when it is entered"
    assert (case.late_entry_reason, case.paper_number) == ("停電", "P-001")


@pytest.mark.parametrize(
    "changes",
    [{"reason": " "}, {"received_at": after(seconds=1)}, {"received_at": after(days=-31)}],
)
def test_a_paper_that_makes_no_sense(town, changes) -> None:
    with pytest.raises(intake.LateEntryWrong):
        paper(town, **changes)


def test_a_paper_is_entered_once(town) -> None:
    paper(town)
    with pytest.raises(intake.LateEntryWrong):
        paper(town)


@pytest.mark.parametrize("player", ["anonymous", "officer", "citizen", "auditor"])
def test_only_those_who_take_in_name_another_time(town, player) -> None:
    with pytest.raises(Forbidden):
        paper(town, by=player, channel="web")
    with pytest.raises(Forbidden):
        town.report(channel="phone", actor=town.actor(player))
