"""From the first draft to the citizen: the straight path, every turn, every refusal."""

import json

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from tests.cast import NOW
from yankao.base.errors import Refused
from yankao.kernel.notices import queries as notices
from yankao.kernel.notices.models import Envelope, Notice, OptOut
from yankao.kernel.notices.services import delivering
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.replies import events, jobs, queries, services
from yankao.kernel.replies.models import Reply, ReplyVersion, SentReply
from yankao.kernel.replies.services.approval import SEND
from yankao.kernel.replies.tests.conftest import LATER, LINE, TEXT
from yankao.kernel.replies.tests.toy import WANG

pytestmark = pytest.mark.django_db


def promises(reply_id):
    from yankao.base.subjects import Subject

    found = obligations.obligations_of(Subject(queries.REPLY_KIND, reply_id))
    return [(one.kind, one.agency, one.state) for one in found]


def moves(cast, desk):
    return [entry.move for entry in queries.history(cast.actor("officer"), desk.id)]


def test_straight_path_by_mail(cast, desk, heard) -> None:
    desk.write()
    desk.submit()
    assert promises(desk.id) == [("kernel.replies.approve", "ROADS", "open")]
    desk.approve("supervisor")
    approved = desk.approve("head")
    assert approved.state == "approved"
    assert (approved.send_at - NOW).total_seconds() == 60
    assert [state for _k, _a, state in promises(desk.id)] == ["fulfilled", "fulfilled"]
    assert desk.send(at=approved.send_at).state == "sent"
    letter = Envelope.objects.get()
    assert (letter.address, letter.name) == (WANG.email, WANG.name)
    assert TEXT in letter.body
    assert TEXT not in Notice.objects.get().title
    [sent] = queries.sent_replies(desk.subject)
    assert (sent.subject_line, sent.body, sent.is_intact) == (LINE, TEXT, True)
    assert [event for event, _told in heard] == [events.APPROVED, events.SENT]
    assert heard[-1][1] | {"at": ""} == {
        "reply_id": desk.id,
        "subject_kind": "toy.matters",
        "subject_id": 1,
        "agency": "ROADS",
        "stage": "first",
        "channel": "email",
        "at": "",
    }
    assert moves(cast, desk) == ["started", "submitted", "approved", "approved", "sent"]


@pytest.mark.parametrize(("channel", "address"), [("email", WANG.email), ("sms", WANG.phone)])
def test_an_answer_also_reaches_who_wants_no_messages(desk, channel, address) -> None:
    OptOut.objects.create(channel=channel, digest=notices.address_digest(address), at=NOW)
    desk.approved(channel)
    desk.send()
    notice = Notice.objects.get()
    assert (notice.status, notice.payer_id) == ("queued", "ROADS")


def test_sms_says_number_and_link_only(desk) -> None:
    desk.approved("sms")
    desk.send()
    letter = Envelope.objects.get()
    assert letter.address == WANG.phone
    assert TEXT not in letter.body
    assert "https://example.tw/status/abc/" in letter.body


def test_letter_waits_for_the_post(cast, desk, heard) -> None:
    desk.approved("letter")
    assert desk.send().state == "to_post"
    assert Notice.objects.count() == 0
    assert queries.sent_replies(desk.subject) == []
    assert promises(desk.id)[-1] == ("kernel.replies.post", "ROADS", "open")
    letter = queries.letter_of(cast.actor("officer"), desk.id)
    assert (letter.recipient, letter.agency, letter.subject) == (WANG.name, "養護工程處", LINE)
    posted = services.mark_posted(
        reply_id=desk.id, posted_on=NOW.date(), actor=cast.actor("officer"), at=LATER
    )
    assert (posted.state, posted.posted_on) == ("sent", NOW.date())
    assert promises(desk.id)[-1] == ("kernel.replies.post", "ROADS", "fulfilled")
    assert heard[-1][0] == events.SENT
    assert heard[-1][1]["posted_on"] == "2026-03-04"


@pytest.mark.parametrize("day", ["2026-03-03", "2026-03-05"])
def test_posted_neither_before_approval_nor_tomorrow(cast, desk, day) -> None:
    from datetime import date

    desk.approved("letter")
    desk.send()
    with pytest.raises(services.PostedOnWrong):
        services.mark_posted(
            reply_id=desk.id,
            posted_on=date.fromisoformat(day),
            actor=cast.actor("officer"),
            at=LATER,
        )


def test_commission_approves_what_the_matter_says(cast, desk, matters) -> None:
    from tests.factories import make_agency

    make_agency("RDEC", name="研考會")
    matters.change(route="mayor")
    desk.write()
    desk.submit()
    desk.approve("supervisor")
    assert desk.approve("head").state == "in_approval"
    assert promises(desk.id)[-1] == ("kernel.replies.approve", "RDEC", "open")
    with pytest.raises(services.MayNot):
        desk.approve("head")
    assert desk.approve("commission").state == "approved"


def test_a_chain_that_leads_nowhere_is_refused(desk, matters) -> None:
    desk.write()
    matters.change(route="mayor")
    with pytest.raises(services.RouteMissing) as refused:
        desk.submit()
    assert refused.value.code == "replies.route_agency_missing"
    matters.change(route="nonsense")
    with pytest.raises(services.RouteMissing):
        desk.submit()
    assert Reply.objects.get().state == "draft"


def test_same_text_is_no_version_and_no_quarrel(desk) -> None:
    desk.write()
    assert desk.write(version=0).version == 1
    assert desk.write("second_officer", version=0).version == 1
    assert ReplyVersion.objects.count() == 1


def test_a_lost_race_overwrites_nothing(cast, desk) -> None:
    desk.write(body="一")
    desk.write("second_officer", body="二")
    with pytest.raises(services.DraftMoved) as lost:
        desk.write(body="一之二", version=1)
    assert (lost.value.reply_id, lost.value.version) == (desk.id, 2)
    assert "承辦乙" in lost.value.message
    assert Reply.objects.get().body == "二"
    assert [v.body for v in queries.versions_of(cast.actor("officer"), desk.id)] == ["一", "二"]


def test_a_first_draft_upon_a_version_that_never_was(desk) -> None:
    with pytest.raises(services.DraftGone):
        desk.write(version=3)
    assert not Reply.objects.exists()


def test_submits_what_was_seen(desk) -> None:
    desk.write(body="一")
    desk.write("second_officer", body="二")
    with pytest.raises(services.DraftMoved):
        desk.submit(version=1)


@pytest.mark.parametrize(
    ("line", "body", "code"),
    [
        ("", TEXT, "replies.subject_missing"),
        (LINE, " \n", "replies.body_missing"),
        (LINE, "請於 {{due}} 前", "replies.blanks_left"),
        (LINE, "請於 {{ 前", "replies.blanks_left"),
    ],
)
def test_unready_drafts_stay(desk, line, body, code) -> None:
    desk.write(line=line, body=body)
    with pytest.raises(services.Unready) as refused:
        desk.submit()
    assert refused.value.code == code


@pytest.mark.parametrize("channel", ["", "fax", "letter", "sms"])
def test_only_ways_the_citizen_can_be_reached(desk, matters, channel) -> None:
    from dataclasses import replace

    landline = replace(WANG, phone="07-3373378", channels=("email", "sms"))
    matters.change(citizen=landline)
    desk.write()
    with pytest.raises(services.Unready) as refused:
        desk.submit(channel=channel)
    assert refused.value.code == "replies.channel_unusable"


@pytest.mark.parametrize("text", ["x" * 20_001, "a\x00b"])
def test_texts_too_long_or_unreadable(desk, text) -> None:
    with pytest.raises(services.TextTooLong):
        desk.write(body=text)
    assert not Reply.objects.exists()


def test_nobody_approves_their_own_draft(desk) -> None:
    desk.write("supervisor")
    desk.submit("supervisor")
    with pytest.raises(services.MayNot):
        desk.approve("supervisor")
    assert desk.approve("head").step == 1


def test_nor_does_a_deputy_for_whom_wrote_it(cast, desk) -> None:
    """The officer wrote as the supervisor's deputy; then the supervisor comes back to approve."""
    from datetime import timedelta

    from yankao.kernel.people.models import Deputy

    Deputy.objects.create(
        principal=cast.person("supervisor"),
        deputy=cast.person("officer"),
        from_at=NOW - timedelta(days=1),
        until_at=NOW + timedelta(days=1),
        reason="公假",
    )
    desk.write("officer", acting_for="supervisor")
    desk.submit("officer")
    with pytest.raises(services.MayNot):
        desk.approve("supervisor")
    with pytest.raises(services.MayNot):
        desk.approve("officer", acting_for="supervisor")


def test_approver_edits_and_the_change_is_kept(cast, desk) -> None:
    desk.write()
    desk.submit()
    desk.approve("supervisor", body=TEXT + "敬請諒察。")
    assert (desk.version, Reply.objects.get().body) == (2, TEXT + "敬請諒察。")
    _line, pieces = queries.differences(cast.actor("head"), desk.id, 1, 2)
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", TEXT),
        ("inserted", "敬請諒察。"),
    ]
    with pytest.raises(services.DraftMoved):  # the head looks at the former text
        desk.approve("head", version=1)
    assert moves(cast, desk) == ["started", "submitted", "edited", "approved"]
    assert desk.approve("head").state == "approved"


def test_approver_cannot_edit_into_nothing(desk) -> None:
    desk.write()
    desk.submit()
    with pytest.raises(services.Unready):
        desk.approve("supervisor", body=" ")


def test_returned_rewritten_submitted_anew(cast, desk, heard) -> None:
    desk.write()
    desk.submit()
    with pytest.raises(services.ReasonMissing):
        desk.send_back(reason="  ")
    desk.approve("supervisor")
    assert desk.send_back("head", "請附照片").state == "draft"
    assert heard[-1][0] == events.RETURNED
    notice = Notice.objects.get()
    assert (notice.person_id, "請附照片" in notice.body) == (cast.person("officer").pk, True)
    desk.write(body="新的內容")
    desk.submit()
    assert Reply.objects.get().step == 0
    assert desk.approve("supervisor").step == 1


def test_withdrawn_until_the_last_word(desk) -> None:
    desk.write()
    desk.submit()
    desk.approve("supervisor")
    with pytest.raises(services.MayNot):
        desk.withdraw("second_officer")
    assert desk.withdraw().state == "draft"
    assert promises(desk.id)[-1] == ("kernel.replies.approve", "ROADS", "lapsed")
    desk.submit()
    desk.approve("supervisor")
    desk.approve("head")
    with pytest.raises(services.WrongTurn):
        desk.withdraw()


def test_sending_is_stopped_within_the_minute(desk, heard) -> None:
    desk.approved()
    assert desk.stop().state == "in_approval"
    assert desk.send() is None
    assert Notice.objects.count() == 0
    assert promises(desk.id)[-1] == ("kernel.replies.approve", "ROADS", "open")
    desk.approve("head")
    assert desk.send().state == "sent"
    with pytest.raises(services.WrongTurn):
        desk.stop()


def test_job_before_its_time_sends_nothing(desk) -> None:
    approved = desk.approved()
    assert desk.send(at=approved.send_at - _second()) is None
    assert Notice.objects.count() == 0


def _second():
    from datetime import timedelta

    return timedelta(seconds=1)


def test_the_job_waits_for_the_minute_and_sends_once(desk) -> None:
    approved = desk.approved()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scheduled_at, args FROM procrastinate_jobs WHERE task_name = %s", [SEND]
        )
        [(scheduled_at, arguments)] = cursor.fetchall()
    assert scheduled_at == approved.send_at
    assert json.loads(arguments) == {"reply_id": desk.id}
    for moment, letters in ((NOW, 0), (LATER, 1), (LATER, 1)):
        with time_machine.travel(moment, tick=False):
            jobs.send(reply_id=desk.id)
        assert Notice.objects.count() == letters


def test_not_waiting_for_the_minute(desk) -> None:
    desk.approved()
    assert desk.hurry().state == "sent"
    assert desk.send() is None
    assert Notice.objects.count() == 1


def test_address_gone_meanwhile(cast, desk, matters, heard) -> None:
    from dataclasses import replace

    desk.approved()
    matters.change(citizen=replace(WANG, email=""))
    assert desk.send().state == "draft"
    assert Notice.objects.get().person_id == cast.person("officer").pk
    assert heard[-1][0] == events.RETURNED
    assert moves(cast, desk)[-1] == "sending_failed"
    assert desk.submit(channel="letter").state == "in_approval"


def test_nothing_to_answer(desk, matters) -> None:
    matters.change(is_answerable=False)
    with pytest.raises(services.NothingToAnswer):
        desk.write()
    desk.agency = "TRAFFIC"
    with pytest.raises(services.NothingToAnswer):
        desk.write("other_officer")


def test_dropped_by_its_system(cast, desk) -> None:
    desk.write()
    desk.submit()
    system = {"actor": cast.actor("commission"), "at": NOW}
    dropped = services.drop_reply(subject=desk.subject, agency="ROADS", reason="改分", **system)
    assert dropped.state == "dropped"
    assert promises(desk.id)[-1] == ("kernel.replies.approve", "ROADS", "lapsed")
    assert services.drop_reply(subject=desk.subject, agency="ROADS", reason="", **system) is None
    desk.version = 0
    assert desk.write().pk != dropped.pk


def test_dropped_within_the_minute_is_not_sent(cast, desk) -> None:
    desk.approved()
    services.drop_reply(
        subject=desk.subject, agency="ROADS", reason="併案", actor=cast.actor("head"), at=NOW
    )
    assert desk.send() is None
    assert Notice.objects.count() == 0


def test_answered_again_after_it_was_sent(cast, desk) -> None:
    desk.approved()
    desk.send()
    desk.version = 0
    desk.write(body="再次回復")
    assert len(queries.replies_of(cast.actor("officer"), desk.subject)) == 2
    assert queries.reply_for(cast.actor("officer"), desk.subject, "ROADS").state == "draft"


def test_what_was_sent_is_changed_by_nobody(desk) -> None:
    desk.approved()
    desk.send()
    sent = SentReply.objects.get()
    for change in ({"body": "竄改"}, {"sha256": "0" * 64}, {"at": LATER}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            SentReply.objects.filter(pk=sent.pk).update(**change)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE kernel_replies_sentreply DISABLE TRIGGER ALL")
        cursor.execute("UPDATE kernel_replies_sentreply SET body = 'x'")
    assert not queries.sent_replies(desk.subject)[0].is_intact


def test_words_are_forgotten_for_a_reason(cast, desk) -> None:
    desk.approved("letter")
    desk.send()
    told = {"subject": desk.subject, "actor": cast.actor("commission"), "at": LATER}
    assert services.forget_words(reason="個資法第 11 條", **told) == 1
    for model in (Reply, ReplyVersion, SentReply):
        assert not model.objects.exclude(body="").exists()
    assert SentReply.objects.get().letter is None
    assert services.forget_words(reason="再一次", **told) == 1


def test_database_holds_one_live_reply(desk) -> None:
    row = desk.write()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_every_refusal_is_a_refusal(desk) -> None:
    assert issubclass(services.DraftMoved, Refused)


@pytest.mark.parametrize("how", ["refused at once", "came back later"])
def test_an_answer_that_came_back_is_told_to_its_author(cast, desk, how) -> None:
    desk.approved()
    reply = desk.send()
    letter = Notice.objects.get()
    with time_machine.travel(LATER, tick=False):
        if how == "came back later":
            Notice.objects.update(status="sent", next_try_at=None, sent_at=LATER)
            delivering.take_bounce(
                uuid=str(letter.uuid), failure="permanent", status="5.1.1", at=LATER
            )
        else:
            taken = delivering.claim(notice_id=letter.pk, at=LATER)
            delivering.record_failure(letter=taken, error="550", permanent=True, at=LATER)
        ahead = events_of("kernel.replies.undelivered")
        assert [one["once"] for one in ahead] == [letter.once]
        for _twice in range(2):
            jobs.undelivered(**ahead[0])
    assert moves(cast, desk)[-1] == "undelivered"
    assert reply.entries.filter(move="undelivered").count() == 1
    [told] = Notice.objects.filter(channel="in_app", template_key="replies.undelivered")
    assert told.person_id == cast.person("officer").pk
    assert reply.number in told.body
    assert TEXT not in told.body


def test_other_letters_that_came_back_are_no_answers(desk) -> None:
    desk.approved()
    desk.send()
    for name in ("service.dispatch:7", "kernel.replies:0", "kernel.replies:" + "9" * 15):
        assert services.note_undelivered(once=name, failure="permanent", at=LATER) is None


def events_of(job: str) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s", [job])
        return [json.loads(args) for (args,) in cursor.fetchall()]
