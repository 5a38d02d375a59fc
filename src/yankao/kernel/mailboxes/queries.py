"""Every read: how the mailboxes are, letters set aside, whether a letter was there before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.kernel.mailboxes import boxes, mime, permissions, rules, words
from yankao.kernel.mailboxes.boxes import Box
from yankao.kernel.mailboxes.declarations import use_for, use_named
from yankao.kernel.mailboxes.models import Answer, BoxState, Mail
from yankao.kernel.mailboxes.rules import Reason, State, Verdict
from yankao.kernel.notices import queries as notices

PAGE_ROWS = 30
SILENT_MINUTES = 15
NEVER_MINUTES = 10**6
MAIL_KIND = "kernel.mailboxes.mail"


class MailUnknown(NotVisible):
    """There is no such letter to decide about."""


def sender_digest(address: str) -> str:
    """Stands for an address where it is only counted."""
    return salted_hmac("kernel.mailboxes.sender", address.lower(), algorithm="sha256").hexdigest()


def digest_of(content: bytes) -> str:
    """Recognises a letter that is delivered or numbered once more: its Message-ID and body."""
    try:
        headers = mime.headers_of(content)
    except mime.Unreadable:
        return hashlib.sha256(content).hexdigest()
    body = content.partition(b"\r\n\r\n" if b"\r\n\r\n" in content else b"\n\n")[2]
    told = "\n".join(headers.first(name) for name in ("message-id", "from", "date"))
    return hashlib.sha256(told.encode("utf-8", "replace") + b"\0" + body).hexdigest()


def verdict_on(mail: mime.Mail, box: Box, *, at: datetime, mail_id: int) -> Verdict | None:
    """Why a letter is not handed on; None = it is one like any other."""
    ours = rules.notice_in(mail.message_id)
    verdict = rules.judge(
        first=mail.headers.first,
        sender=mail.sender,
        own=boxes.own_addresses(),
        is_our_id=bool(ours) and notices.mail_subject(ours) is not None,
    )
    if verdict is None and _is_flood(mail.sender, box, at=at, mail_id=mail_id):
        return Verdict(State.ASIDE, Reason.TOO_MANY)
    return verdict


def _is_flood(sender: str, box: Box, *, at: datetime, mail_id: int) -> bool:
    counted = Mail.objects.filter(
        sender_digest=sender_digest(sender), found_at__gt=at - rules.DAY
    ).exclude(pk=mail_id)
    found = counted.aggregate(
        day=Count("id"), hour=Count("id", filter=Q(found_at__gt=at - rules.HOUR))
    )
    return rules.is_flood(last_hour=found["hour"], last_day=found["day"], limits=box.limits)


def was_there(mail: Mail) -> bool:
    """Whether the same letter came to the same mailbox before, and was dealt with."""
    earlier = Mail.objects.filter(digest=mail.digest, mailbox=mail.mailbox).exclude(pk=mail.pk)
    return earlier.exclude(state=State.READING).exists()


def record_answered(mail: mime.Mail, kinds: frozenset[str]) -> Subject | None:
    """The record a letter proves to answer: by an address or Message-ID that we sent out."""
    tokens = [*rules.tokens_in(mail.recipients, boxes.own_addresses())]
    tokens += filter(None, (rules.notice_in(one) for one in mail.answers[:50]))
    for token in tokens[:20]:
        found = notices.mail_subject(token)
        if found is not None and found.kind in kinds:
            return found
    return None


def answers_about(subject: Subject, *, since: datetime) -> int:
    """How many letters about the record were answered by a program since then."""
    answers = Answer.objects.filter(
        mail__subject_kind=subject.kind, mail__subject_id=subject.id, mail__found_at__gte=since
    )
    return answers.count()


def takes_answers(kind: str) -> bool:
    """Whether people may write back to mails about such records."""
    use = use_for(kind)
    return use is not None and any(box.use == use.mail_use for box in boxes.boxes())


def wished(mailbox: str) -> Sequence[Mail]:
    """Letters about which somebody decided."""
    return list(Mail.objects.filter(mailbox=mailbox).exclude(wish="").order_by("id")[:50])


def answered_by(notice_id: int) -> str:
    """The Message-ID of the letter a notice answers; "" for none."""
    found = Answer.objects.filter(pk=notice_id).values_list("mail__message_id", flat=True).first()
    return found or ""


# --- pages ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A mailbox as the page shows it."""

    name: str
    address: str
    use: str
    state_words: str
    tone: str
    polled_at: datetime | None
    waiting: int
    error: str


@dataclass(frozen=True, slots=True)
class MailRow:
    """A letter as the page shows it; ``text`` only on its own page."""

    id: int
    mailbox: str
    found_at: datetime
    state_words: str
    tone: str
    reason: str
    detail: str
    size: int
    sender: str
    subject: str
    wish_words: str
    may_take_in: bool
    is_open: bool
    is_skipped: bool
    text: str = ""


def box_rows(*, at: datetime) -> list[BoxRow]:
    """Every mailbox of the pack and how it was last found."""
    states = BoxState.objects.in_bulk()
    read = {box.name for box in boxes.boxes()}
    return [_box_row(box, states.get(box.name), box.name in read, at) for box in boxes.declared()]


def _box_row(box: Box, state: BoxState | None, is_read: bool, at: datetime) -> BoxRow:
    use = use_named(box.use)
    told, tone = _("正常"), "ok"
    if not is_read:
        told, tone = _("未連線"), "neutral"
    elif state is None or state.polled_at is None:
        told, tone = _("還沒有收過信"), "today"
    elif _minutes(state, at) > SILENT_MINUTES:
        told, tone = _("收不到信"), "late"
    return BoxRow(
        name=box.name,
        address=box.address,
        use=str(use.mail_title) if use else box.use,
        state_words=told,
        tone=tone,
        polled_at=state.polled_at if state else None,
        waiting=state.waiting if state else 0,
        error=state.error if state else "",
    )


def _minutes(state: BoxState | None, at: datetime) -> int:
    if state is None or state.polled_at is None:
        return NEVER_MINUTES
    return max(0, int((at - state.polled_at).total_seconds() // 60))


def silent_minutes(at: datetime) -> int:
    """How long ago the mailbox was read that was not read for longest; 0 without mailboxes."""
    states = BoxState.objects.in_bulk()
    return max((_minutes(states.get(box.name), at) for box in boxes.boxes()), default=0)


def aside_count(at: datetime) -> int:
    """Letters that wait for somebody to decide."""
    return Mail.objects.filter(state=State.ASIDE, wish="").count()


def mails_for(actor: Actor, *, state: str = "", page: int | str = 1) -> Page[Any]:
    """Letters set aside, or passed over (``state``), newest first; a page of `MailRow`s."""
    wanted = State.SKIPPED if state == State.SKIPPED else State.ASIDE
    rows = Mail.objects.filter(state=wanted).select_related("words")
    if not permissions.may_decide(actor):
        rows = rows.none()
    found: Page[Any] = Paginator(rows, PAGE_ROWS).get_page(page)
    found.object_list = [_mail_row(mail) for mail in found.object_list]
    return found


def counts() -> dict[str, int]:
    """How many letters are set aside, and passed over."""
    return Mail.objects.aggregate(
        aside=Count("id", filter=Q(state=State.ASIDE)),
        skipped=Count("id", filter=Q(state=State.SKIPPED)),
    )


def mail_for(actor: Actor, mail_id: int) -> MailRow:
    """A letter with its words. Raises MailUnknown."""
    mail = decidable(actor).select_related("words").filter(pk=mail_id).first()
    if mail is None:
        raise unknown()
    return _mail_row(mail, with_text=True)


def decidable(actor: Actor) -> Any:
    """The letters the actor may decide about."""
    rows = Mail.objects.filter(state__in=[State.ASIDE, State.SKIPPED])
    return rows if permissions.may_decide(actor) else rows.none()


def unknown() -> MailUnknown:
    return MailUnknown("mailboxes.mail_unknown", _("找不到這封信，可能已經處理了。"))


def _mail_row(mail: Mail, *, with_text: bool = False) -> MailRow:
    told = getattr(mail, "words", None)
    state = State(mail.state)
    return MailRow(
        id=mail.pk,
        mailbox=mail.mailbox,
        found_at=mail.found_at,
        state_words=str(words.STATES[state]),
        tone=words.TONES[state],
        reason=words.reason_words(mail.reason),
        detail=mail.detail,
        size=mail.size,
        sender=told.sender if told else "",
        subject=told.subject if told else "",
        wish_words=str(words.WISHES[rules.Wish(mail.wish)]) if mail.wish else "",
        may_take_in=mail.reason not in words.HOPELESS,
        is_open=not mail.wish,
        is_skipped=state == State.SKIPPED,
        text=told.text if told and with_text else "",
    )


class MailSubjects:
    """What other rooms may ask about letters."""

    kind = MAIL_KIND

    def title(self, id: int) -> str:
        return str(_("來信"))

    def address(self, id: int) -> str:
        return f"/mail/{id}/"

    def may_see(self, actor: Actor, id: int) -> bool:
        return permissions.may_decide(actor)
