"""Mails that come back: only what is surely about one mail of ours says something."""

import pytest

from tests.cast import NOW
from yankao.base.subjects import Subject
from yankao.kernel.mailboxes import mime, polling
from yankao.kernel.mailboxes.bounces import Bounce, bounce_of, is_report
from yankao.kernel.mailboxes.models import Mail
from yankao.kernel.notices import queries as notice_queries
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.channels import Letter
from yankao.kernel.notices.models import Notice
from yankao.kernel.notices.services import Recipient

OWN = frozenset({"mayor@city.example.tw", "no-reply@city.example.tw"})
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def report(
    *,
    uuid: str = UUID,
    to: str = "no-reply@city.example.tw",
    action: str = "failed",
    status: str = "5.1.1",
    returned: str = "message/rfc822",
    more: str = "",
    given_back: str = "",
) -> bytes:
    """As Postfix writes it."""
    original = (
        f"From: x\r\nTo: wang@example.tw\r\nMessage-ID: <{given_back or uuid}@city>\r\n\r\nhi"
    )
    return "\r\n".join(
        [
            "Return-Path: <>", "From: MAILER-DAEMON@mx.example.tw (Mail Delivery System)",
            f"To: {to}", "Subject: Undelivered Mail Returned to Sender",
            "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=B", "",
            "--B", "Content-Type: text/plain", "", "I'm sorry to have to inform you", "",
            "--B", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.tw",
            "", "Final-Recipient: rfc822; wang@example.tw", f"Action: {action}",
            f"Status: {status}", "Diagnostic-Code: smtp; 550 5.1.1 User unknown", more,
            "--B", f"Content-Type: {returned}", "", original, "--B--", "",
        ]
    ).encode()  # fmt: skip


def told(content: bytes) -> Bounce | None:
    mail = mime.read(content)
    assert is_report(mail)
    return bounce_of(mail, OWN)


PLAIN = UUID.replace("-", "")


@pytest.mark.parametrize(
    ("how", "failure"),
    [
        ({}, "permanent"),
        ({"returned": "text/rfc822-headers"}, "permanent"),
        ({"status": "5.2.2"}, "temporary"),
        ({"status": "4.4.7"}, "temporary"),
        ({"action": "Failed"}, "permanent"),
        ({"action": "delivered", "status": "2.0.0"}, ""),
        ({"to": f"mayor+{PLAIN}@city.example.tw", "returned": "text/plain"}, "permanent"),
        ({"to": f"mayor+{PLAIN}@city.example.tw"}, "permanent"),
    ],
)
def test_what_reports_say(how: dict[str, str], failure: str) -> None:
    found = told(report(**how))
    assert found is not None
    assert (found.uuid, found.failure) == (PLAIN, failure)


@pytest.mark.parametrize(
    "how",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "relayed", "status": "2.0.0"},
        {"action": "failed", "status": "2.0.0"},
        {"status": ""},
        {"status": "5"},
        {"action": ""},
        {"uuid": "not-one-of-ours"},
        {"returned": "text/plain"},
        {"to": f"mayor+{PLAIN}@city.example.tw", "given_back": OTHER},
        {"to": f"mayor+{PLAIN}@elsewhere.example.tw", "returned": "text/plain"},
        {"more": "\r\nFinal-Recipient: rfc822; b@example.tw\r\nAction: delivered\r\nStatus: 2.0.0"},
    ],
)
def test_what_is_not_sure_says_nothing(how: dict[str, str]) -> None:
    assert told(report(**how)) is None


def test_a_letter_about_undelivered_mail_is_no_report() -> None:
    assert not is_report(mime.read(b"From: a@b\r\nSubject: Undelivered Mail\r\n\r\nAction: failed"))


# --- the notice ----------------------------------------------------------------------------------


def sent(channel: str = "email") -> Notice:
    """A notice that its provider has."""
    notice_id = notices.send_text(
        kind="toy", channel=channel, to=Recipient(email="wang@example.tw", phone="0912345678"),
        title="t", body="b", subject=Subject("toy.record", 1), at=NOW,
    )  # fmt: skip
    letter = notices.claim(notice_id=notice_id, at=NOW)
    assert isinstance(letter, Letter)
    notices.record_sent(letter=letter, at=NOW)
    return Notice.objects.get(pk=notice_id)


def bounce(notice: Notice, failure: str = "permanent") -> bool:
    return notices.take_bounce(uuid=str(notice.uuid), failure=failure, status="5.1.1", at=NOW)


@pytest.mark.django_db
def test_the_notice_shows_that_it_came_back() -> None:
    notice = sent()
    assert bounce(notice)
    notice.refresh_from_db()
    assert (notice.status, notice.failure, notice.last_error) == (
        "failed", "permanent", "bounced:5.1.1",
    )  # fmt: skip
    assert notice.entries.last().status == "failed"
    (view,) = notice_queries.notices_of(Subject("toy.record", 1))
    assert "永久送不到" in str(view) or "沒有送達" in str(view)


@pytest.mark.django_db
def test_told_twice_or_late_it_changes_nothing() -> None:
    notice = sent()
    assert bounce(notice, "temporary")
    assert bounce(notice, "permanent")
    assert bounce(notice, "")
    notice.refresh_from_db()
    assert (notice.status, notice.failure) == ("failed", "temporary")
    assert notice.entries.filter(status="failed").count() == 1


@pytest.mark.django_db
def test_only_mails_come_back() -> None:
    message = sent("sms")
    assert not bounce(message)
    message.refresh_from_db()
    assert message.status == "sent"
    assert not notices.take_bounce(uuid=OTHER, failure="permanent", status="5.1.1", at=NOW)


@pytest.mark.django_db
def test_one_that_arrived_may_come_back_later() -> None:
    """A relay that took it says delivered; the last server says no."""
    notice = sent()
    assert bounce(notice, "")
    notice.refresh_from_db()
    assert notice.status == "delivered"
    assert bounce(notice)
    notice.refresh_from_db()
    assert notice.status == "failed"


@pytest.mark.django_db
@pytest.mark.once
def test_a_report_in_the_mailbox_marks_the_notice_and_is_no_letter(box, imap, toy) -> None:
    notice = sent()
    imap.put(report(to=f"mayor+{notice.uuid.hex}@city.example.tw", uuid=str(notice.uuid)))
    assert polling.poll(box, at=NOW) == polling.Polled(skipped=1)
    notice.refresh_from_db()
    assert notice.status == "failed"
    assert (Mail.objects.get().reason, toy.letters) == ("bounce", [])


@pytest.mark.django_db
@pytest.mark.once
def test_a_report_of_nonsense_stops_nothing(box, imap, toy) -> None:
    imap.put(report(uuid="x" * 200, status="9.9.9"), report(action="\0", status="\xff"))
    assert polling.poll(box, at=NOW) == polling.Polled(skipped=2)
