"""Every write: a letter begun, taken in, set aside, decided about; how a mailbox was found."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.subjects import Subject
from yankao.kernel.files.services import Kept
from yankao.kernel.mailboxes import bounces, boxes, mime, permissions, queries, rules, words
from yankao.kernel.mailboxes.boxes import Box
from yankao.kernel.mailboxes.declarations import Letter, MailUse, use_named
from yankao.kernel.mailboxes.models import Answer, BoxState, Mail, Words
from yankao.kernel.mailboxes.rules import Reason, State, Verdict, Wish
from yankao.kernel.notices import queries as notice_queries
from yankao.kernel.notices import services as notices
from yankao.kernel.trail import services as trail

SHOWN_TEXT = 4_000
KEEP_WORDS = timedelta(days=30)
"""How long who wrote and what is known of letters that are over."""


class MayNotDecide(Forbidden):
    """Deciding about letters set aside is for those who take petitions in."""


class CannotTakeIn(Invalid):
    """The letter cannot be read however often it is tried."""


class CannotAnswer(Refused):
    """The sender's address is none that anything reaches, or wants no mails."""


class NoUse(Refused):
    """No system takes the letters to the mailbox."""


# --- a letter's way ------------------------------------------------------------------------------


def begin(*, box: Box, uidvalidity: int, uid: int, size: int, at: datetime) -> Mail:
    """Note that a letter is about to be read, so that one that kills the reader is not for ever.

    Returns its row; whatever is not ``reading`` was dealt with before.
    """
    with transaction.atomic():
        mail, _new = Mail.objects.select_for_update().get_or_create(
            mailbox=box.name,
            uidvalidity=uidvalidity,
            uid=uid,
            defaults={"found_at": at, "size": size},
        )
        if mail.state == State.READING:
            mail.attempts += 1
            mail.save(update_fields=["attempts"])
        return mail


def begin_wish(*, mail_id: int) -> bool:
    """Note that a letter somebody wants in is about to be read; False when that failed too often.

    It is then set aside again.
    """
    with transaction.atomic():
        row = Mail.objects.select_for_update().get(pk=mail_id)
        row.attempts += 1
        row.save(update_fields=["attempts"])
        if row.attempts > rules.ATTEMPTS:
            _put(row, Verdict(State.ASIDE, Reason.BROKEN), mail=None)
            return False
        return True


def take_back_attempt(*, mail_id: int) -> None:
    """The machine was in trouble, not the letter: this was no attempt."""
    Mail.objects.filter(pk=mail_id).update(attempts=0)


def take_in(
    *,
    mail_id: int,
    box: Box,
    mail: mime.Mail,
    digest: str,
    attached: Sequence[Kept],
    refused: Sequence[str],
    at: datetime,
    is_wished: bool = False,
) -> State:
    """Hand a letter to its mailbox's system and note that, in one transaction, or set it aside.

    A letter that was taken before, under whatever number, is not taken again. ``is_wished``:
    somebody looked at it and wants it in.
    """
    with transaction.atomic():
        _wait_for(digest)
        row = Mail.objects.select_for_update().get(pk=mail_id)
        if row.state != State.READING and not (is_wished and row.wish == Wish.TAKE_IN):
            return State(row.state)
        row.digest, row.message_id = digest, mail.message_id
        row.sender_digest = queries.sender_digest(mail.sender) if mail.sender else ""
        verdict = None if is_wished else _verdict(row, box, mail, at)
        if verdict is not None:
            return _put(row, verdict, mail=mail)
        return _handed_on(row, box, mail, attached, refused, at)


def _verdict(row: Mail, box: Box, mail: mime.Mail, at: datetime) -> Verdict | None:
    if queries.was_there(row):
        return Verdict(State.SKIPPED, Reason.TWICE)
    if bounces.is_report(mail):
        _take_bounce(mail, at)
        return Verdict(State.SKIPPED, Reason.BOUNCE)
    return queries.verdict_on(mail, box, at=at, mail_id=row.pk)


def _take_bounce(mail: mime.Mail, at: datetime) -> None:
    bounce = bounces.bounce_of(mail, boxes.own_addresses())
    if bounce is not None:
        notices.take_bounce(uuid=bounce.uuid, failure=bounce.failure, status=bounce.status, at=at)


def _handed_on(
    row: Mail,
    box: Box,
    mail: mime.Mail,
    attached: Sequence[Kept],
    refused: Sequence[str],
    at: datetime,
) -> State:
    try:
        with transaction.atomic():
            use = _use_of(box)
            became = use.take_mail(_letter(row, box, mail, use, attached, refused), at=at)
    except Refused as refusal:
        if refusal.status >= 500:
            raise
        return _put(row, Verdict(State.ASIDE, Reason.REFUSED), mail=mail, detail=refusal.message)
    row.state, row.reason, row.detail, row.wish = State.TAKEN, "", "", ""
    row.subject_kind, row.subject_id = became.kind, became.id
    row.save()
    Words.objects.filter(pk=row.pk).delete()
    return State.TAKEN


def _use_of(box: Box) -> MailUse:
    use = use_named(box.use)
    if use is None:
        message = _("沒有系統收「%(use)s」的信，請更正城市資料包的 mailboxes。") % {"use": box.use}
        raise NoUse("mailboxes.no_use", message)
    return use


def _letter(
    row: Mail,
    box: Box,
    mail: mime.Mail,
    use: MailUse,
    attached: Sequence[Kept],
    refused: Sequence[str],
) -> Letter:
    return Letter(
        id=row.pk,
        mailbox=box.name,
        sender=mail.sender,
        sender_name=mail.sender_name,
        subject=mail.subject,
        text=mail.text,
        attached=attached,
        refused=refused,
        about=queries.record_answered(mail, use.mail_subjects),
        options=box.options,
    )


def set_aside(
    *, mail_id: int, reason: str, digest: str, at: datetime, mail: mime.Mail | None
) -> None:
    """A letter that cannot be read waits for somebody; ``mail`` is what could be read of it."""
    with transaction.atomic():
        row = Mail.objects.select_for_update().get(pk=mail_id)
        if row.state == State.READING or row.wish:
            row.digest = digest
            _put(row, Verdict(State.ASIDE, Reason(reason)), mail=mail)


def _put(row: Mail, verdict: Verdict, *, mail: mime.Mail | None, detail: str = "") -> State:
    row.state, row.reason, row.detail = verdict.state, verdict.reason, detail[:300]
    row.wish = ""
    row.save()
    if mail is not None and verdict.reason != Reason.TWICE:
        text = mail.text[:SHOWN_TEXT] if verdict.state == State.ASIDE else ""
        told = {"sender": mail.sender[:254], "subject": mail.subject[:300], "text": text}
        Words.objects.update_or_create(pk=row.pk, defaults=told)
    return verdict.state


def _wait_for(digest: str) -> None:
    """Of two readers of the same letter the second waits here until the first has committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 35))", [digest])


def answer(
    *,
    letter: Letter,
    template: str,
    context: Mapping[str, object],
    subject: Subject,
    at: datetime,
    payer: str = "",
    is_needed: bool = False,
) -> int:
    """Write back to a letter's sender; the mail says that a program answers what (RFC 3834).

    ``is_needed``: without it the letter cannot go on. Raises CannotAnswer then.
    """
    with transaction.atomic():
        notice_id = notices.send(
            template=template,
            channel="email",
            to=notices.Recipient(email=letter.sender),
            context=context,
            subject=subject,
            at=at,
            payer=payer,
        )
        trouble = notice_queries.trouble_of(notice_id) if is_needed else ""
        if trouble:
            message = _("沒有辦法請寄件人確認：%(trouble)s") % {"trouble": trouble}
            raise CannotAnswer("mailboxes.cannot_answer", message)
        Answer.objects.get_or_create(notice_id=notice_id, defaults={"mail_id": letter.id})
        return notice_id


# --- what somebody decides -----------------------------------------------------------------------


def read_letter(*, mail_id: int, actor: Actor, at: datetime) -> queries.MailRow:
    """The words of a letter set aside; that they were read is written down. Raises MailUnknown."""
    with transaction.atomic():
        row = queries.mail_for(actor, mail_id)
        _record("read", mail_id, actor=actor, at=at)
        return row


def wish_to_take_in(*, mail_id: int, actor: Actor, at: datetime) -> None:
    """Let a letter in after all, at the next poll. Raises MailUnknown, CannotTakeIn."""
    with transaction.atomic():
        row = _decidable(mail_id, actor)
        if row.reason in words.HOPELESS:
            message = _(
                "這封信程式讀不了。請到郵件伺服器的 aside 資料夾開啟，再用「登錄陳情」收件。"
            )
            raise CannotTakeIn("mailboxes.cannot_take_in", message)
        _wish(row, Wish.TAKE_IN, "", actor=actor, at=at)


def wish_to_throw_away(*, mail_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Delete a letter from the server at the next poll. Raises MailUnknown, CannotTakeIn."""
    with transaction.atomic():
        row = _decidable(mail_id, actor)
        if not reason.strip():
            message = _("請寫明為什麼丟棄，例如：已用電話登錄、垃圾信。")
            raise CannotTakeIn("mailboxes.no_reason", message, "reason")
        _wish(row, Wish.THROW_AWAY, reason.strip(), actor=actor, at=at)


def _decidable(mail_id: int, actor: Actor) -> Mail:
    if not permissions.may_decide(actor):
        raise MayNotDecide("mailboxes.may_not_decide", _("您的帳號不能處理來信。"))
    row: Mail | None = (
        queries.decidable(actor).select_for_update().filter(pk=mail_id, wish="").first()
    )
    if row is None:
        raise queries.unknown()
    return row


def _wish(row: Mail, wish: Wish, reason: str, *, actor: Actor, at: datetime) -> None:
    row.wish, row.decided_at, row.decided_by_name, row.attempts = wish, at, actor.name, 0
    row.save(update_fields=["wish", "decided_at", "decided_by_name", "attempts"])
    _record(wish, row.pk, actor=actor, at=at, reason=reason)


def finish(*, mail_id: int, detail: str = "") -> None:
    """A letter was thrown away, or is no longer where it was put."""
    with transaction.atomic():
        row = Mail.objects.select_for_update().get(pk=mail_id)
        row.state, row.wish, row.detail = State.DONE, "", detail[:300]
        row.save(update_fields=["state", "wish", "detail"])
        Words.objects.filter(pk=mail_id).delete()


def _record(what: str, mail_id: int, *, actor: Actor, at: datetime, reason: str = "") -> None:
    trail.record(
        actor=actor,
        action=f"kernel.mailboxes.{what}",
        subject=Subject(queries.MAIL_KIND, mail_id),
        at=at,
        reason=reason,
    )


# --- mailboxes -----------------------------------------------------------------------------------


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else reads the mailbox now; nobody begins to while the block lasts.

    The lock ends with the reader's connection, however it dies.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 36))", [name])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 36))", [name])


def record_poll(*, name: str, waiting: int, at: datetime) -> None:
    """A mailbox was read to the end; ``waiting`` letters are left in it."""
    told = {"tried_at": at, "polled_at": at, "waiting": waiting, "error": ""}
    BoxState.objects.update_or_create(name=name, defaults=told)


def record_trouble(*, name: str, error: str, at: datetime) -> None:
    """A mailbox could not be read."""
    BoxState.objects.update_or_create(name=name, defaults={"tried_at": at, "error": error[:200]})


def forget_old(*, at: datetime) -> int:
    """Erase who wrote letters that were passed over long ago. Returns how many."""
    old = Words.objects.filter(mail__state=State.SKIPPED, mail__found_at__lt=at - KEEP_WORDS)
    return old.delete()[0]
