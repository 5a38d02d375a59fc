"""Polling a real IMAP server: every letter once, whatever dies, and none in another's way."""

from argparse import Namespace
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from PIL import Image

from tests.cast import NOW
from yankao.base import outages
from yankao.base.subjects import Subject
from yankao.kernel.mailboxes import boxes, commands, polling, postbox, queries, rules, services
from yankao.kernel.mailboxes.models import BoxState, Mail, Words
from yankao.kernel.mailboxes.postbox import Postbox
from yankao.kernel.mailboxes.rules import Reason, State
from yankao.kernel.mailboxes.tests.conftest import NotToday, declare
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class Killed(BaseException):
    """The process dies here."""


def letter(subject: str = "路燈", *, sender: str = "wang@example.tw", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "mayor@city.example.tw", subject
    message["Message-ID"] = headers.pop("message_id", f"<{subject.encode().hex()}@example.tw>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(f"{subject}不亮。")
    return message.as_bytes()


def bomb() -> bytes:
    head = (
        b"From: evil@example.tw\r\nSubject: bomb\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    )
    return head + b"\r\n" + b"--b\r\n\r\nx\r\n" * 10_000 + b"--b--\r\n"


def states() -> list[tuple[str, str]]:
    return list(Mail.objects.order_by("id").values_list("state", "reason"))


def test_letters_are_taken_once_and_put_away(box, imap, toy) -> None:
    imap.put(letter("一"), letter("二"))
    assert polling.poll(box, at=NOW) == polling.Polled(taken=2)
    assert polling.poll(box, at=NOW) == polling.Polled()
    assert toy.taken == ["一", "二"]
    assert imap.mails() == []
    assert len(imap.mails("Yankao/taken")) == 2
    first = toy.letters[0]
    assert (first.sender, first.text, first.about) == ("wang@example.tw", "一不亮。", None)
    assert states() == [("taken", ""), ("taken", "")]
    assert not Words.objects.exists(), "who wrote is nobody's business here any more"
    state = BoxState.objects.get()
    assert (state.polled_at, state.waiting, state.error) == (NOW, 0, "")


def test_files_come_along_and_others_are_named(box, imap, toy) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8), "grey").save(picture, "PNG")
    message = EmailMessage()
    message["From"], message["Subject"] = "wang@example.tw", "附件"
    message.set_content("看照片。")
    message.add_attachment(
        picture.getvalue(), maintype="image", subtype="png", filename="../../照片.exe"
    )
    message.add_attachment(b"MZ\x90", maintype="application", subtype="pdf", filename="單據.pdf")
    message.add_attachment(b"PK", maintype="application", subtype="zip", filename="..\\..\\all.zip")
    imap.put(message.as_bytes())
    polling.poll(box, at=NOW)
    (got,) = toy.letters
    assert [(kept.name, kept.media_type) for kept in got.attached] == [
        ("照片.exe.png", "image/png")
    ]
    assert got.refused == ["單據.pdf", "all.zip"]


def test_a_bomb_is_set_aside_and_those_behind_it_are_read(box, imap, toy) -> None:
    imap.put(bomb(), letter("後面的"))
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1, aside=1)
    assert toy.taken == ["後面的"]
    assert states()[0] == ("aside", "too_many_parts")
    assert [len(one) for one in imap.mails("Yankao/aside")] == [len(bomb())]
    assert Words.objects.get().sender == "evil@example.tw", "what could be read is shown"


def test_a_letter_too_large_is_not_even_fetched(box, imap, toy, settings, monkeypatch) -> None:
    small = declare(settings, monkeypatch, imap.port, settings.YANKAO_HOME, max_mb=1)
    imap.put(letter("大", X_Filler="y") + b"x" * 1_200_000)
    fetched = []
    content = Postbox.content
    monkeypatch.setattr(
        Postbox, "content", lambda self, uid, most: fetched.append(most) or content(self, uid, most)
    )
    polling.poll(small, at=NOW)
    assert fetched == [polling.SEEN_OF_LARGE]
    assert states() == [("aside", "too_large")]
    assert Words.objects.get().subject == "大"


# --- killed --------------------------------------------------------------------------------------


def killed(box) -> None:
    with pytest.raises(Killed):
        polling.poll(box, at=NOW)


def test_killed_between_storing_and_moving_it_is_not_taken_twice(
    box, imap, toy, monkeypatch
) -> None:
    imap.put(letter("一"))

    def die(self: Postbox, uid: int, folder: str) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Postbox, "file", die)
        killed(box)
    assert toy.taken == ["一"]
    assert len(imap.mails()) == 1, "it still lies in the inbox"
    assert polling.poll(box, at=NOW) == polling.Polled()
    assert toy.taken == ["一"]
    assert imap.mails() == []
    assert len(imap.mails("Yankao/taken")) == 1


def test_killed_while_storing_nothing_is_stored_and_it_is_read_again(box, imap, toy) -> None:
    imap.put(letter("一"))
    toy.fails.append(Killed())
    killed(box)
    assert toy.taken == []
    assert states() == [("reading", "")]
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1)
    assert toy.taken == ["一"]


def test_killed_after_moving_nothing_is_left_to_do(box, imap, toy, monkeypatch) -> None:
    imap.put(letter("一"))
    move = Postbox.file

    def move_and_die(self: Postbox, uid: int, folder: str) -> None:
        move(self, uid, folder)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Postbox, "file", move_and_die)
        killed(box)
    assert polling.poll(box, at=NOW) == polling.Polled()
    assert toy.taken == ["一"]


def test_a_letter_that_kills_its_reader_is_set_aside(box, imap, toy, monkeypatch) -> None:
    imap.put(letter("毒"), letter("好"))
    read = polling.mime.read

    def deadly(content: bytes, limits):
        if "毒" in read(content, limits).subject:
            raise Killed
        return read(content, limits)

    monkeypatch.setattr(polling.mime, "read", deadly)
    for _death in range(rules.ATTEMPTS):
        killed(box)
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1, aside=1)
    assert toy.taken == ["好"]
    assert ("aside", "broken") in states()


def test_a_programs_error_over_one_letter_does_not_stop_the_others(box, imap, toy) -> None:
    imap.put(letter("壞"), letter("好"))
    toy.fails.append(RuntimeError("bug"))
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1)
    assert toy.taken == ["好"]
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1), "and it is tried again"
    assert toy.taken == ["好", "壞"]


def test_a_full_disk_is_no_fault_of_the_letter(box, imap, toy) -> None:
    imap.put(letter("一"))
    for _time in range(rules.ATTEMPTS + 2):
        toy.fails.append(outages.NoRoom("base.no_room", "滿了"))
        with pytest.raises(outages.NoRoom):
            polling.poll(box, at=NOW)
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1)


# --- the same letter again -----------------------------------------------------------------------


def test_numbers_given_anew_by_the_server_bring_no_letter_twice(box, imap, toy) -> None:
    imap.put(letter("一"))
    polling.poll(box, at=NOW)
    Mail.objects.update(uidvalidity=1)  # as if the server had built its mailbox anew
    imap.put(letter("一"), letter("一", message_id="<other@example.tw>"))
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1, skipped=1)
    assert toy.taken == ["一", "一"]
    assert ("skipped", "twice") in states()


def test_the_same_letter_to_another_mailbox_is_another(
    box, imap, toy, settings, monkeypatch
) -> None:
    imap.put(letter("一"))
    polling.poll(box, at=NOW)
    imap.put(letter("一"))
    assert polling.poll(replace(box, name="other"), at=NOW) == polling.Polled(taken=1)


# --- loops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"Auto_Submitted": "auto-replied"}, ("skipped", "automatic")),
        ({"Auto_Submitted": "Auto-Generated; x=y"}, ("skipped", "automatic")),
        ({"Auto_Submitted": "no"}, ("taken", "")),
        ({"Return_Path": "<>"}, ("skipped", "automatic")),
        ({"sender": "MAILER-DAEMON@example.tw"}, ("skipped", "automatic")),
        ({"sender": "no-reply@example.tw"}, ("skipped", "automatic")),
        ({"sender": "noreplying@example.tw"}, ("taken", "")),
        ({"Precedence": "bulk"}, ("skipped", "bulk")),
        ({"List_Id": "<news.example.tw>"}, ("skipped", "bulk")),
        ({"List_Unsubscribe": "<https://news.example.tw/stop>"}, ("skipped", "bulk")),
        ({"Precedence": "first-class"}, ("taken", "")),
        ({"X_Auto_Response_Suppress": "DR, OOF, AutoReply"}, ("aside", "no_answer_wanted")),
        ({"X_Auto_Response_Suppress": "DR"}, ("taken", "")),
        ({"sender": "Mayor@City.example.tw"}, ("skipped", "own")),
        ({"X_Yankao_Notice": "1"}, ("skipped", "own")),
        ({"sender": "nobody"}, ("aside", "no_sender")),
        ({"sender": ""}, ("aside", "no_sender")),
    ],
)  # fmt: skip
def test_what_must_not_be_answered(box, imap, toy, headers, outcome) -> None:
    imap.put(letter(**headers))
    polling.poll(box, at=NOW)
    assert states() == [outcome]
    assert imap.mails() == []


def test_our_own_mail_is_known_by_its_id(box, imap, toy) -> None:
    """Sent on by somebody under another name, without the header that says whose it is."""
    notice = Notice.objects.get(
        pk=notices.send_text(
            kind="toy", channel="email", to=notices.Recipient(email="wang@example.tw"),
            title="t", body="b", subject=Subject("toy.record", 1), at=NOW,
        )
    )  # fmt: skip
    imap.put(letter(message_id=f"<{notice.uuid}@localhost>"))
    imap.put(letter(message_id="<0f8fad5b-d9cb-469f-a165-70867728950e@localhost>"))
    polling.poll(box, at=NOW)
    assert states() == [("skipped", "own"), ("taken", "")]


def test_one_sender_cannot_flood(settings, monkeypatch, imap, toy, tmp_path) -> None:
    box = declare(settings, monkeypatch, imap.port, tmp_path, per_hour=2, per_day=3)
    imap.put(*(letter(f"第{n}封") for n in range(4)), letter("別人", sender="li@example.tw"))
    assert polling.poll(box, at=NOW) == polling.Polled(taken=3, aside=2)
    assert toy.taken == ["第0封", "第1封", "別人"]
    assert states()[2] == ("aside", "too_many")
    imap.put(letter("一天後"))
    assert polling.poll(box, at=NOW + timedelta(days=1, hours=1)) == polling.Polled(taken=1)


def test_a_refusal_sets_the_letter_aside_with_its_words(box, imap, toy) -> None:
    toy.fails.append(NotToday("toy.no", "今天不收。"))
    imap.put(letter("一"))
    assert polling.poll(box, at=NOW) == polling.Polled(aside=1)
    row = Mail.objects.get()
    assert (row.state, row.reason, row.detail) == (State.ASIDE, Reason.REFUSED, "今天不收。")
    assert row.words.text == "一不亮。"


# --- what somebody decides -----------------------------------------------------------------------


def test_a_letter_is_let_in_after_all(box, imap, toy, cast) -> None:
    imap.put(letter("一", Precedence="bulk"), letter("二", X_Auto_Response_Suppress="All"))
    polling.poll(box, at=NOW)
    for row in Mail.objects.all():
        services.wish_to_take_in(mail_id=row.pk, actor=cast.actor("agent"), at=NOW)
    assert polling.poll(box, at=NOW) == polling.Polled(taken=2)
    assert polling.poll(box, at=NOW) == polling.Polled()
    assert sorted(toy.taken) == ["一", "二"]
    assert imap.mails("Yankao/aside") == []
    assert len(imap.mails("Yankao/taken")) == 2


def test_killed_after_letting_in_it_is_not_let_in_twice(box, imap, toy, cast, monkeypatch) -> None:
    imap.put(letter("一", X_Auto_Response_Suppress="All"))
    polling.poll(box, at=NOW)
    services.wish_to_take_in(mail_id=Mail.objects.get().pk, actor=cast.actor("agent"), at=NOW)

    def die(self: Postbox, uid: int, folder: str) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Postbox, "file", die)
        killed(box)
    assert polling.poll(box, at=NOW) == polling.Polled()
    assert toy.taken == ["一"]


def test_a_letter_that_kills_whoever_lets_it_in_is_set_aside_again(
    box, imap, toy, cast, monkeypatch
) -> None:
    imap.put(letter("一", X_Auto_Response_Suppress="All"))
    polling.poll(box, at=NOW)
    services.wish_to_take_in(mail_id=Mail.objects.get().pk, actor=cast.actor("agent"), at=NOW)
    toy.fails += [Killed(), RuntimeError("bug"), Killed()]
    killed(box)
    assert polling.poll(box, at=NOW) == polling.Polled(), "tried again"
    killed(box)
    imap.put(letter("後面的"))
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1)
    assert toy.taken == ["後面的"]
    assert ("aside", "broken") in states()
    services.wish_to_take_in(
        mail_id=Mail.objects.get(state="aside").pk, actor=cast.actor("agent"), at=NOW
    )
    assert polling.poll(box, at=NOW) == polling.Polled(taken=1), "and may be tried anew"


def test_a_letter_is_thrown_away(box, imap, toy, cast) -> None:
    imap.put(bomb(), letter("好"))
    polling.poll(box, at=NOW)
    row = Mail.objects.get(state=State.ASIDE)
    services.wish_to_throw_away(
        mail_id=row.pk, reason="垃圾信", actor=cast.actor("commission"), at=NOW
    )
    polling.poll(box, at=NOW)
    assert imap.mails("Yankao/aside") == []
    assert len(imap.mails("Yankao/taken")) == 1, "no other letter goes with it"
    row.refresh_from_db()
    assert (row.state, row.wish) == (State.DONE, "")
    assert not Words.objects.filter(pk=row.pk).exists()


def test_a_letter_somebody_took_off_the_server_is_over(box, imap, toy, cast) -> None:
    imap.put(letter("一", X_Auto_Response_Suppress="All"))
    polling.poll(box, at=NOW)
    services.wish_to_take_in(mail_id=Mail.objects.get().pk, actor=cast.actor("agent"), at=NOW)
    imap.empty()
    polling.poll(box, at=NOW)
    row = Mail.objects.get()
    assert (row.state, row.detail) == (State.DONE, "not-found")


def test_what_cannot_be_read_cannot_be_let_in(box, imap, toy, cast) -> None:
    imap.put(bomb())
    polling.poll(box, at=NOW)
    with pytest.raises(services.CannotTakeIn):
        services.wish_to_take_in(mail_id=Mail.objects.get().pk, actor=cast.actor("agent"), at=NOW)
    assert Mail.objects.get().wish == ""


@pytest.mark.parametrize("player", ["anonymous", "citizen", "officer", "head", "auditor"])
def test_others_decide_nothing(box, imap, toy, cast, player) -> None:
    imap.put(letter("一", X_Auto_Response_Suppress="All"))
    polling.poll(box, at=NOW)
    pk = Mail.objects.get().pk
    with pytest.raises(services.MayNotDecide):
        services.wish_to_take_in(mail_id=pk, actor=cast.actor(player), at=NOW)
    with pytest.raises(services.MayNotDecide):
        services.wish_to_throw_away(mail_id=pk, reason="x", actor=cast.actor(player), at=NOW)
    with pytest.raises(queries.MailUnknown):
        services.read_letter(mail_id=pk, actor=cast.actor(player), at=NOW)
    assert not queries.mails_for(cast.actor(player)).object_list
    assert Mail.objects.filter(wish="").count() == 1


# --- the server ----------------------------------------------------------------------------------


def test_a_server_out_of_reach_is_noted(settings, monkeypatch, toy, tmp_path) -> None:
    box = declare(settings, monkeypatch, 1, tmp_path)
    found = polling.poll(box, at=NOW)
    assert "refused" in found.error.lower()
    state = BoxState.objects.get()
    assert (state.tried_at, state.polled_at, bool(state.error)) == (NOW, None, True)
    assert queries.silent_minutes(NOW) == queries.NEVER_MINUTES


def test_a_wrong_password_is_noted_and_not_shown(box, imap, toy, monkeypatch, settings) -> None:
    monkeypatch.setenv("YANKAO_MAILBOX_MAYOR_SECRET", "wrong-s3cr3t")
    (wrong,) = boxes.boxes()
    error = polling.poll(wrong, at=NOW).error
    assert error
    assert "s3cr3t" not in error + repr(wrong)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_only_a_server_that_proves_itself_gets_the_password(
    box, imap, toy, settings, monkeypatch, tmp_path, tls: str
) -> None:
    port = imap.tls_port if tls == "implicit" else imap.port
    safe = declare(settings, monkeypatch, port, tmp_path, tls=tls)
    imap.put(letter("一"))
    error = polling.poll(safe, at=NOW).error
    assert "CERTIFICATE_VERIFY_FAILED" in error
    assert toy.taken == []
    monkeypatch.setenv("SSL_CERT_FILE", str(imap.certificate))
    assert polling.poll(safe, at=NOW) == polling.Polled(taken=1)


@pytest.mark.parametrize("table", [{"host": "mail.example.tw"}, {"tls": "sometimes"}])
def test_settings_that_are_not_safe_are_refused(settings, monkeypatch, tmp_path, table) -> None:
    with pytest.raises(ImproperlyConfigured):
        declare(settings, monkeypatch, 1, tmp_path, **table)


def test_what_else_a_mailbox_says_is_the_uses(settings, monkeypatch, tmp_path) -> None:
    assert declare(settings, monkeypatch, 1, tmp_path, item="x").options == {"item": "x"}


def test_silence_is_measured(box, imap, toy) -> None:
    polling.poll(box, at=NOW)
    assert queries.silent_minutes(NOW + timedelta(minutes=16)) == 16
    (row,) = queries.box_rows(at=NOW + timedelta(minutes=16))
    assert row.tone == "late"


def test_servers_without_move(box, imap, toy, monkeypatch) -> None:
    known = postbox.IMAPClient.has_capability
    monkeypatch.setattr(
        postbox.IMAPClient,
        "has_capability",
        lambda self, name: name != "MOVE" and known(self, name),
    )
    imap.put(letter("一"), letter("二"))
    assert polling.poll(box, at=NOW).taken == 2
    assert imap.mails() == []
    assert len(imap.mails("Yankao/taken")) == 2


def test_by_hand(box, imap, toy, capsys) -> None:
    imap.put(letter("一"))
    assert commands.run(Namespace(action="poll", mailbox=None)) == 0
    assert "收下 1" in capsys.readouterr().out
    assert commands.run(Namespace(action="poll", mailbox="nobody")) == 1
    assert commands.run(Namespace(action="status")) == 0
    assert "mayor@city.example.tw" in capsys.readouterr().out


def test_in_demo_mode_nothing_is_read(box, settings) -> None:
    settings.YANKAO_DEMO = True
    assert boxes.boxes() == ()
