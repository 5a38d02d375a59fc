"""Two at once, with real transactions in real threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.cast import NOW
from yankao.base.errors import Refused
from yankao.base.transactions import durable
from yankao.kernel.notices.models import Notice
from yankao.kernel.replies import services
from yankao.kernel.replies.models import Reply, ReplyEntry, ReplyVersion, SentReply
from yankao.kernel.replies.tests.conftest import LATER, LINE

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run the acts at the same moment, each in its own transaction; returns what each gave."""
    start = threading.Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=10)
            with durable():
                return act()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(outcomes):
    return [one for one in outcomes if isinstance(one, Refused)]


def writing(desk, cast, player, body, version):
    actor = cast.actor(player)
    return lambda: services.write_draft(
        subject=desk.subject,
        agency="ROADS",
        version=version,
        subject_line=LINE,
        body=body,
        actor=actor,
        at=NOW,
    )


def test_two_begin_the_same_draft(desk, cast) -> None:
    outcomes = at_once(
        writing(desk, cast, "officer", "甲", 0), writing(desk, cast, "second_officer", "乙", 0)
    )
    [lost] = refusals(outcomes)
    assert isinstance(lost, services.DraftMoved)
    assert Reply.objects.count() == ReplyVersion.objects.count() == 1


def test_two_save_upon_one_version(desk, cast) -> None:
    desk.write()
    outcomes = at_once(*(writing(desk, cast, "officer", f"文字{number}", 1) for number in range(4)))
    assert len(refusals(outcomes)) == 3
    assert Reply.objects.get().version == ReplyVersion.objects.count() == 2


def test_two_approve_one_step(desk, cast) -> None:
    desk.write()
    desk.submit()
    actors = [cast.actor("supervisor"), cast.actor("head")]
    outcomes = at_once(
        *(
            lambda actor=actor: services.approve_reply(
                reply_id=desk.id, version=1, actor=actor, at=NOW
            )
            for actor in actors
        )
    )
    # the head may also approve at the next step, so it may come second; the supervisor may not
    assert len(refusals(outcomes)) <= 1
    approvals = ReplyEntry.objects.filter(move="approved")
    assert sorted(entry.step for entry in approvals) in (
        ["section@ROADS"],
        ["head@ROADS", "section@ROADS"],
    )


def test_approved_while_withdrawn(desk, cast) -> None:
    desk.write()
    desk.submit()
    supervisor, officer = cast.actor("supervisor"), cast.actor("officer")
    at_once(
        lambda: services.approve_reply(reply_id=desk.id, version=1, actor=supervisor, at=NOW),
        lambda: services.withdraw_reply(reply_id=desk.id, actor=officer, at=NOW),
    )
    reply = Reply.objects.get()
    assert (reply.state, reply.obligation_id) == ("draft", None)


def test_stopped_or_sent_never_both(desk, cast) -> None:
    desk.approved()
    head = cast.actor("head")
    outcomes = at_once(
        lambda: services.send_due(reply_id=desk.id, at=LATER),
        lambda: services.cancel_sending(reply_id=desk.id, actor=head, at=NOW),
    )
    stopped = not isinstance(outcomes[1], Refused)
    assert Reply.objects.get().state == ("in_approval" if stopped else "sent")
    assert SentReply.objects.count() == Notice.objects.count() == (0 if stopped else 1)


def test_the_job_twice_sends_once(desk) -> None:
    desk.approved()
    outcomes = at_once(*(lambda: services.send_due(reply_id=desk.id, at=LATER) for _ in range(3)))
    assert sum(one is not None for one in outcomes) == 1
    assert SentReply.objects.count() == Notice.objects.count() == 1


def test_a_double_click_posts_once(desk, cast) -> None:
    desk.approved("letter")
    desk.send()
    officer = cast.actor("officer")
    outcomes = at_once(
        *(
            lambda: services.mark_posted(
                reply_id=desk.id, posted_on=NOW.date(), actor=officer, at=LATER
            )
            for _ in range(2)
        )
    )
    assert len(refusals(outcomes)) == 1
    assert ReplyEntry.objects.filter(move="posted").count() == 1
