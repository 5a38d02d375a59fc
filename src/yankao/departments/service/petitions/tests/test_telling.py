"""What the petitioner is told: by law also who wants no messages, and that the case is closed."""

from datetime import timedelta

import pytest

from tests.cast import NOW
from yankao.departments.service.petitions import jobs, services
from yankao.departments.service.petitions.tests.conftest import WANG
from yankao.departments.service.petitions.workflow import KIND
from yankao.kernel.notices import queries as notices
from yankao.kernel.notices.models import Notice, OptOut

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
LATER = NOW + timedelta(hours=6)


def _declined(hall) -> None:
    case = hall.declining()
    services.approve_decline(number=case.number, actor=hall.actor("supervisor"), at=LATER)


def _extended(hall) -> None:
    case = {"number": hall.accepted().number, "at": LATER}
    services.ask_extension(**case, amount=2, reason="會勘", actor=hall.actor("officer"))
    services.grant_extension(**case, words="", actor=hall.actor("supervisor"))


def _waiting(hall) -> None:
    services.wait_for_citizen(
        number=hall.accepted().number, reason="哪一戶？", actor=hall.actor("officer"), at=LATER
    )


def _reassigned(hall) -> None:
    services.reassign_petition(
        number=hall.accepted().number, agency="TRAFFIC", reason="公車", at=LATER,
        actor=hall.actor("supervisor"),
    )  # fmt: skip


def _reopened(hall) -> None:
    services.reopen_petition(
        number=hall.answered().number, reason="沒說到", actor=hall.actor("supervisor"), at=LATER
    )


def _confirm(hall) -> None:
    services.send_letter(
        matter=hall.matter(), sender=WANG, attached=(), actor=hall.actor("officer"), at=LATER
    )


@pytest.mark.parametrize("happen", [_declined, _extended, _waiting, _reassigned, _reopened])
def test_the_law_tells_also_who_wants_no_messages(hall, happen) -> None:
    _told_all_the_same(hall, happen, {"sms", "email"})


def test_a_letter_to_the_mayor_can_be_confirmed_by_who_wants_no_messages(hall) -> None:
    _told_all_the_same(hall, _confirm, {"email"})


def _told_all_the_same(hall, happen, channels) -> None:
    for channel, address in (("sms", WANG.phone), ("email", WANG.email)):
        digest = notices.address_digest(address)
        OptOut.objects.create(channel=channel, digest=digest, at=NOW)
    happen(hall)
    told = Notice.objects.filter(template_key=f"petitions.{happen.__name__[1:]}")
    out = told.exclude(channel="in_app")
    assert set(out.values_list("channel", "status")) == {(one, "queued") for one in channels}


# --- answered for good ---------------------------------------------------------------------------


def _closings() -> list[tuple[int, str]]:
    told = Notice.objects.filter(template_key="petitions.closed")
    return sorted(told.values_list("subject_id", "channel"))


def test_an_oral_answer_closes_audibly_and_repeats_no_words(hall) -> None:
    case = hall.answered(matter={"title": "zqtitle", "content": "zqcontent"})
    assert _closings() == [(case.pk, "email"), (case.pk, "sms")]
    for notice in Notice.objects.filter(template_key="petitions.closed"):
        text = f"{notice.title} {notice.envelope.body}"
        assert case.number in text
        assert "/petition/status/" in text
        assert not any(words in text for words in ("zq", "電話說明", WANG.name))


@pytest.mark.parametrize(
    ("channel", "told"),
    [("email", ["sms"]), ("sms", ["email"]), ("letter", ["email", "sms"])],
)
def test_a_sent_reply_closes_by_the_other_channels_once(hall, channel, told) -> None:
    case = hall.accepted()
    for _again in range(2):
        jobs.reply_sent(
            subject_kind=KIND, subject_id=case.pk, agency=case.agency_id, at=LATER.isoformat(),
            channel=channel, stage="final", reply_id=1,
        )  # fmt: skip
    assert _closings() == [(case.pk, one) for one in told]


def test_a_whole_is_told_closed_with_its_last_part_and_the_part_not(hall) -> None:
    case = hall.accepted()
    part = services.Part("TRAFFIC", "請答覆公車部分")
    made = services.split_petition(
        number=case.number, parts=[part], actor=hall.actor("supervisor"), at=LATER
    )
    sent = {"subject_kind": KIND, "at": LATER.isoformat(), "channel": "email"}
    jobs.reply_sent(**sent, subject_id=case.pk, agency="ROADS")
    assert _closings() == []
    services.accept_petition(number=made[0].number, actor=hall.actor("other_officer"), at=LATER)
    jobs.reply_sent(**sent, subject_id=made[0].pk, agency="TRAFFIC")
    assert _closings() == [(case.pk, "email"), (case.pk, "sms")]


def test_withdrawn_and_declined_have_letters_of_their_own(hall) -> None:
    _declined(hall)
    services.withdraw_petition(
        number=hall.accepted().number, reason="來電", actor=hall.actor("officer"), at=LATER
    )
    assert _closings() == []
