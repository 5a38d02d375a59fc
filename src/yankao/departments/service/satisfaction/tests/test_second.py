"""A second answer: owed by the agency, written one level up, sent, and only then fulfilled."""

from datetime import timedelta

import pytest

from tests.cast import NOW, PLAYERS
from yankao.base.errors import Refused
from yankao.base.subjects import Subject, may_see
from yankao.departments.service.satisfaction import jobs, queries, services
from yankao.departments.service.satisfaction.models import SecondAnswer
from yankao.departments.service.satisfaction.workflow import SECOND_ANSWER, Standing
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.replies import services as replies

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def written(office, second, player="supervisor"):
    told = {"actor": office.actor(player), "at": LATER}
    draft = replies.write_draft(
        subject=Subject(SECOND_ANSWER, second.pk),
        agency=second.agency_id,
        version=0,
        subject_line="有關您的意見",
        body="我們已再派員修補。",
        **told,
    )
    return replies.submit_reply(reply_id=draft.pk, version=draft.version, channel="sms", **told)


def test_the_chief_writes_the_head_approves_then_it_is_fulfilled(office, monkeypatch):
    from contextlib import nullcontext

    second = office.dissatisfied()
    reply = written(office, second)
    assert [step["role"] for step in reply.steps] == ["head"]
    replies.approve_reply(
        reply_id=reply.pk, version=reply.version, actor=office.actor("head"), at=LATER
    )
    assert Obligation.objects.get(pk=second.obligation_id).state == "open"
    replies.send_due(reply_id=reply.pk, at=LATER + timedelta(minutes=5))
    monkeypatch.setattr(jobs, "durable", nullcontext)
    monkeypatch.setattr(jobs.clock, "now", lambda: LATER + timedelta(minutes=6))
    for _twice in range(2):
        jobs.reply_sent(subject_kind=SECOND_ANSWER, subject_id=second.pk, reply_id=reply.pk)
    second.refresh_from_db()
    assert second.state == Standing.SENT
    assert Obligation.objects.get(pk=second.obligation_id).state == "fulfilled"
    token = queries.citizen_link(second.uuid).rstrip("/").rpartition("/")[2]
    _row, sent = queries.sent_to_citizen(token)
    assert [one.body for one in sent] == ["我們已再派員修補。"]


def test_a_reply_to_something_else_ends_nothing(office, monkeypatch):
    from contextlib import nullcontext

    second = office.dissatisfied()
    monkeypatch.setattr(jobs, "durable", nullcontext)
    jobs.reply_sent(subject_kind="service.dispatch", subject_id=second.pk, reply_id=1)
    second.refresh_from_db()
    assert second.state == Standing.OPEN


@pytest.mark.parametrize("player", [p for p in PLAYERS if p != "supervisor"])
def test_nobody_else_writes(office, player):
    second = office.dissatisfied()
    with pytest.raises(Refused):
        written(office, second, player)


SEES = {"supervisor", "head", "commission", "auditor"}


@pytest.mark.parametrize("player", PLAYERS)
def test_who_sees_it(office, player):
    second = office.dissatisfied()
    actor = office.actor(player)
    assert may_see(actor, Subject(SECOND_ANSWER, second.pk)) == (player in SEES)
    assert queries.seconds_for(actor).exists() == (player in SEES)
    if player not in SEES:
        with pytest.raises(queries.SecondUnknown):
            queries.second_for(actor, second.pk)


@pytest.mark.parametrize("player", PLAYERS)
def test_who_closes_what_cannot_be_answered(office, player):
    second = office.dissatisfied()
    office.closed.put(1, phone="")
    told = {"second_id": second.pk, "reason": "電話已停用", "at": LATER}
    if player in {"supervisor", "head"}:
        services.close_unreachable(actor=office.actor(player), **told)
        second.refresh_from_db()
        assert (second.state, second.reason) == (Standing.CLOSED, "電話已停用")
        assert Obligation.objects.get(pk=second.obligation_id).state == "lapsed"
    else:
        with pytest.raises(Refused):
            services.close_unreachable(actor=office.actor(player), **told)


def test_whoever_can_be_reached_is_answered(office):
    second = office.dissatisfied()
    with pytest.raises(services.StillReachable):
        services.close_unreachable(
            second_id=second.pk, reason="忙", actor=office.actor("head"), at=LATER
        )
    assert SecondAnswer.objects.get().state == Standing.OPEN


def test_closed_twice_is_refused(office):
    second = office.dissatisfied()
    office.closed.people.clear()
    told = {"second_id": second.pk, "reason": "已刪除", "actor": office.actor("head"), "at": LATER}
    services.close_unreachable(**told)
    with pytest.raises(Refused):
        services.close_unreachable(**told)
    assert services.take_reply(second_id=second.pk, actor=office.actor("head"), at=LATER) is None
