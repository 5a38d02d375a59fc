"""Who is asked, once, and who is not; links that cannot be forged, widened or used twice."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.cast import NOW, PLAYERS
from yankao.base.actors import ANONYMOUS
from yankao.departments.service.satisfaction import jobs, queries, services
from yankao.departments.service.satisfaction.models import (
    Invitation,
    Response,
    SecondAnswer,
    SurveyVersion,
)
from yankao.departments.service.satisfaction.queries import InvitationEnded
from yankao.departments.service.satisfaction.workflow import SECOND_ANSWER, Asked
from yankao.kernel.forms.models import AnswerSheet
from yankao.kernel.forms.services import AnswersRefused
from yankao.kernel.notices import queries as mail
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.models import Envelope, Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.trail.models import Entry

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_asked_by_sms_else_mail_and_never_twice(office):
    office.closed.put(1)
    office.closed.put(2, phone="", email="wang@example.tw")
    office.closed.put(3, phone="")
    assert office.invite() == 2
    assert office.invite(NOW + timedelta(minutes=20)) == 0
    assert set(Notice.objects.values_list("channel", flat=True)) == {"sms", "email"}
    assert dict(Invitation.objects.values_list("subject_id", "channel")) == {1: "sms", 2: "email"}


def test_the_link_carries_nothing_personal(office):
    office.closed.put(1)
    office.invite()
    body = Envelope.objects.get().body
    assert "王小明" not in body
    assert "0912345678" not in body
    assert f"/survey/{office.token()}/" in body


def test_nobody_who_wants_no_messages_is_asked(office):
    office.closed.put(1)
    office.invite()
    uuid = Notice.objects.get().uuid
    notices.stop_messages(token=mail.stop_token(uuid), actor=ANONYMOUS, at=NOW)
    office.closed.put(2)
    assert office.invite(NOW + timedelta(minutes=20)) == 0
    assert Invitation.objects.count() == 1


def test_the_share_decides_and_no_share_asks_nobody(office):
    office.share(0)
    office.closed.put(1)
    assert office.invite() == 0
    office.share(30)
    for id in range(1, 201):
        office.closed.put(id)
    assert 30 <= office.invite() <= 90


def test_what_was_closed_before_the_survey_is_not_asked(office):
    SurveyVersion.objects.update(opened_at=NOW)
    office.closed.put(1, at=NOW - timedelta(hours=1))
    assert office.invite() == 0


def test_two_cannot_ask_about_the_same(office):
    office.closed.put(1)
    office.invite()
    row = Invitation.objects.get()
    row.pk, row.uuid = None, None
    from uuid import uuid4

    row.uuid = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_answered_once(office):
    office.closed.put(1)
    office.invite()
    office.answer(level="2", words="謝謝")
    with pytest.raises(services.AlreadyAnswered):
        office.answer(level="5", second=True)
    assert Response.objects.get().level == 2
    assert not SecondAnswer.objects.exists()


def test_nobody_learns_who_answered(office):
    office.closed.put(1)
    office.invite()
    office.answer(level="5", words="慢")
    columns = {field.attname for field in Response._meta.concrete_fields}
    assert not columns & {"subject_id", "number", "invitation_id", "draw_id"}
    trail = Entry.objects.filter(action="service.satisfaction.answered").values()
    assert "T000001" not in str(list(trail))
    assert not SecondAnswer.objects.exists()
    assert not Obligation.objects.exists()


@pytest.mark.parametrize(("level", "opens"), [("1", 0), ("3", 0), ("none", 0), ("4", 1), ("5", 1)])
def test_only_the_dissatisfied_are_answered_again(office, level, opens):
    office.closed.put(1)
    office.invite()
    office.answer(level=level, second=True)
    assert SecondAnswer.objects.count() == opens
    owed = Obligation.objects.filter(kind=SECOND_ANSWER)
    assert owed.count() == opens
    if opens:
        assert (owed.get().debtor_agency_id, owed.get().term_amount) == ("ROADS", 7)


def test_no_opinion_is_missing_not_valid(office):
    office.closed.put(1)
    office.invite()
    assert office.answer(level="none").level is None


@pytest.mark.parametrize("answers", [{}, {"level": "0"}, {"level": "9"}, {"level": ""}])
def test_hostile_answers_leave_the_link_open(office, answers):
    office.closed.put(1)
    office.invite()
    with pytest.raises(AnswersRefused), transaction.atomic():
        services.answer_by_link(
            token=office.token(), answers=answers, wants_second=True, actor=ANONYMOUS, at=LATER
        )
    assert Invitation.objects.get().state == Asked.OPEN
    assert not AnswerSheet.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.partition(".")[0],
        lambda token: token.partition(".")[0] + ".",
        lambda token: "A" * 22 + token[22:],
        lambda token: "..",
        lambda token: "é" * 22 + ".x",
        lambda token: "",
    ],
)
def test_a_forged_link_asks_nothing(office, change):
    office.closed.put(1)
    office.invite()
    forged = change(office.token())
    with pytest.raises(InvitationEnded):
        queries.public_survey(forged)
    with pytest.raises(InvitationEnded):
        services.answer_by_link(
            token=forged, answers={"level": "1"}, wants_second=False, actor=ANONYMOUS, at=LATER
        )


def test_a_link_ends_and_is_then_missing(office):
    office.closed.put(1)
    office.invite()
    end = Invitation.objects.get().expires_at
    with pytest.raises(InvitationEnded):
        office.answer(at=end)
    assert services.expire_invitations(at=end - timedelta(seconds=1)) == 0
    assert services.expire_invitations(at=end) == 1
    with pytest.raises(InvitationEnded):
        office.answer(at=end)
    assert Invitation.objects.get().state == Asked.EXPIRED


def test_a_link_is_no_way_to_the_calls_nor_to_second_answers(office):
    office.closed.put(1)
    office.draw()
    with pytest.raises(InvitationEnded):
        office.answer()
    with pytest.raises(InvitationEnded):
        queries.sent_to_citizen(office.token())


def test_a_sample_can_be_drawn_again(office):
    for id in range(1, 31):
        office.closed.put(id, agency="ROADS" if id % 2 else "TRAFFIC")
    draw = office.draw(size=5)
    first = set(Invitation.objects.values_list("subject_id", flat=True))
    assert (draw.population, draw.size, draw.seed) == (30, 5, "s")
    Invitation.objects.all().delete()
    office.draw(size=5)
    assert set(Invitation.objects.values_list("subject_id", flat=True)) == first


def test_a_sample_of_one_agency_without_those_asked_before(office):
    for id in range(1, 5):
        office.closed.put(id, agency="ROADS" if id % 2 else "TRAFFIC")
    office.closed.put(5, agency="TRAFFIC", phone="", email="a@example.tw")
    assert office.draw(agency="TRAFFIC").population == 2
    assert office.draw().population == 2
    with pytest.raises(services.SampleEmpty):
        office.draw()


@pytest.mark.parametrize("player", [p for p in PLAYERS if p != "commission"])
def test_only_the_commission_manages(office, player):
    office.closed.put(1)
    with pytest.raises(queries.SurveyUnknown):
        office.draw(player=player)
    with pytest.raises(queries.SurveyUnknown):
        office.share(50, player=player)
    assert not Invitation.objects.exists()


def test_a_share_is_a_percentage(office):
    for wrong in (-1, 101):
        with pytest.raises(services.ShareWrong):
            office.share(wrong)
    versions = SurveyVersion.objects.count()
    office.share(100)
    assert SurveyVersion.objects.count() == versions


def test_calls_refused_or_not_reached(office):
    for id in (1, 2):
        office.closed.put(id)
    office.draw()
    agent = office.actor("agent")
    one, two = queries.calls_for(agent, at=LATER)
    told = {"actor": agent, "at": LATER}
    services.record_call(invitation_id=one.pk, outcome=Asked.REFUSED, **told)
    for _again in range(2):
        services.record_call(invitation_id=two.pk, outcome=Asked.NOT_REACHED, **told)
        assert Invitation.objects.get(pk=two.pk).state == Asked.OPEN
    services.record_call(invitation_id=two.pk, outcome=Asked.NOT_REACHED, **told)
    assert not queries.calls_for(agent, at=LATER)
    with pytest.raises(InvitationEnded):
        services.answer_by_phone(
            invitation_id=one.pk, answers={"level": "1"}, wants_second=False, **told
        )


@pytest.mark.parametrize("player", [p for p in PLAYERS if p != "agent"])
def test_only_agents_call(office, player):
    office.closed.put(1)
    office.draw()
    actor, call = office.actor(player), Invitation.objects.get()
    assert not queries.calls_for(actor, at=LATER)
    with pytest.raises(InvitationEnded):
        services.open_call(invitation_id=call.pk, actor=actor, at=LATER)
    with pytest.raises(InvitationEnded):
        services.record_call(invitation_id=call.pk, outcome=Asked.REFUSED, actor=actor, at=LATER)


def test_the_number_shown_leaves_a_trail(office):
    office.closed.put(1)
    office.draw()
    found = services.open_call(
        invitation_id=Invitation.objects.get().pk, actor=office.actor("agent"), at=LATER
    )
    assert found.about.phone == "0912345678"
    assert Entry.objects.filter(action="service.satisfaction.call_opened").count() == 1


def test_the_job_asks_and_expires(office, monkeypatch):
    office.closed.put(1)
    stamp = int((NOW + timedelta(minutes=10)).timestamp())
    from contextlib import nullcontext

    monkeypatch.setattr(jobs, "durable", nullcontext)
    jobs.ask(stamp)
    jobs.ask(stamp)
    assert Invitation.objects.count() == 1
    jobs.ask(stamp + 15 * 86_400)
    assert Invitation.objects.get().state == Asked.EXPIRED


def test_each_is_asked_in_their_language(office) -> None:
    office.closed.put(1, language="en")
    office.closed.put(2)
    assert office.invite() == 2
    bodies = {e.notice.subject_id: e.body for e in Envelope.objects.select_related("notice")}
    assert "tell us how satisfied you are" in bodies[1]
    assert "請花一分鐘告訴我們" in bodies[2]
