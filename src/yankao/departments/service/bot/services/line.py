"""LINE: events come by a signed webhook, answers go out by a job.

Who asks is not kept: the conversation's key is a hash that changes each day.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from yankao.base import formats, jobs
from yankao.base.clock import TAIPEI
from yankao.base.errors import Forbidden, NotVisible, TooMany, Unreadable
from yankao.base.transactions import durable
from yankao.departments.service.bot import queries
from yankao.departments.service.bot.models import SeenEvent, Turn
from yankao.departments.service.bot.queries import TurnView
from yankao.departments.service.bot.services.asking import ask_question, too_many_questions
from yankao.departments.service.bot.services.posting import Unreachable, post_json
from yankao.departments.service.bot.workflow import Channel, State

log = structlog.get_logger(__name__)

REPLY_JOB = "service.bot.line_reply"
SECONDS = 10
_LATEST = timedelta(days=1)
"""An event older than that is not taken; so long its number is remembered, and longer."""
_LONGEST_REPLY = 4_500


class NotFromLine(Forbidden):
    """The signature is not LINE's."""


class LineOff(NotVisible):
    """This installation has no channel of LINE."""


class BodyUnreadable(Unreadable):
    """Signed, but not what LINE sends."""


class _Said(NamedTuple):
    event: str
    user: str
    reply_token: str
    text: str


def take_line_events(*, body: bytes, signature: str, at: datetime) -> int:
    """Answer every new text message in a signed body; how many. Again = nothing new.

    Call it outside any transaction: each event has its own, and one that fails spoils no other.
    Raises LineOff, NotFromLine, BodyUnreadable.
    """
    secret = settings.YANKAO_BOT_LINE["secret"]
    if not secret:
        raise LineOff("bot.line_off", _("沒有開放 LINE。"))
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), signature.encode("utf-8", "replace")):
        raise NotFromLine("bot.line_signature", _("簽章不符。請檢查 LINE 的 Channel secret。"))
    answered = 0
    for said in _said(body, at):
        try:
            with durable():
                answered += _answered_once(said, at)
        except Exception as error:  # noqa: BLE001 – whatever one event does, the others go on
            log.error("bot.line_event_failed", why=type(error).__name__)
    return answered


def reply_to_line(*, reply_token: str, turn_id: int | None, at: datetime) -> None:
    """Hand a turn's answer to LINE, or without a turn that too much was asked.

    Raises Unreachable when it should be tried again.
    """
    if turn_id is None:
        text = too_many_questions().message
    else:
        key = Turn.objects.values_list("conversation__key", flat=True).get(pk=turn_id)
        view = queries.turn_for(key, turn_id, at=at)
        text = _text(view) if view else ""
    line = settings.YANKAO_BOT_LINE
    status, _answer = post_json(
        line["url"],
        {"replyToken": reply_token, "messages": [{"type": "text", "text": text[:_LONGEST_REPLY]}]},
        secret=line["token"],
        seconds=SECONDS,
    )
    if status >= 500 or status == 429:
        raise Unreachable(str(status))
    if status != 200:
        log.warning("bot.line_refused", status=status)


def _said(body: bytes, at: datetime) -> Iterator[_Said]:
    try:
        events = json.loads(body)["events"]
        yield from [_of(event) for event in events if _is_question(event, at)]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise BodyUnreadable("bot.line_unreadable", _("讀不懂的 LINE 事件。")) from error


def _is_question(event: Any, at: datetime) -> bool:
    sent_at = datetime.fromtimestamp(event["timestamp"] / 1000, tz=UTC)
    return (
        event["type"] == "message"
        and event["message"]["type"] == "text"
        and event["source"]["type"] == "user"  # in a group nobody asks us
        and event.get("mode", "active") == "active"
        and abs(at - sent_at) < _LATEST
    )


def _of(event: Any) -> _Said:
    return _Said(
        str(event["webhookEventId"])[:64],
        str(event["source"].get("userId", "")),
        str(event["replyToken"])[:100],
        str(event["message"]["text"]),
    )


def _answered_once(said: _Said, at: datetime) -> bool:
    """Whether it was new. The job is given no words: they would be logged when it fails."""
    _seen, is_new = SeenEvent.objects.get_or_create(event=said.event, defaults={"seen_at": at})
    if is_new:
        key = _day_key(said.user or said.event, at)
        try:
            turn = ask_question(key=key, channel=Channel.LINE, question=said.text, at=at)
        except TooMany:
            turn = None
        jobs.defer(REPLY_JOB, reply_token=said.reply_token, turn_id=turn and turn.pk)
    return is_new


def _day_key(user: str, at: datetime) -> str:
    day = at.astimezone(TAIPEI).date().isoformat()
    return hmac.new(
        settings.SECRET_KEY.encode(), f"{day}:{user}".encode(), hashlib.sha256
    ).hexdigest()


def _text(turn: TurnView) -> str:
    """The same answer as plain lines."""
    phone = settings.CITY["phone"]
    lines = [str(_("緊急時請撥 %(number)s。") % {"number": number}) for number in turn.urgent]
    if turn.state == State.TALK:
        lines.append(_("您好，請寫下您想問的事。"))
    elif turn.entry is None:
        lines.append(_("這個問題我沒有把握，不想給您錯的答案。"))
        lines += [entry.question + "\n" + _absolute(entry.address) for entry in turn.others]
        lines.append(_("撥 %(phone)s，由專人回答") % {"phone": phone})
    else:
        shown = turn.entry.answer
        lines.append(turn.entry.question)
        lines.append(shown if len(shown) <= 600 else f"{shown[:600]}…")
        lines.append(
            _("%(agency)s，%(day)s 修訂")
            % {"agency": turn.agency, "day": formats.roc_date(turn.entry.revised_on)}
        )
        lines.append(_absolute(turn.entry.address))
    return "\n\n".join(lines)


def _absolute(address: str) -> str:
    return settings.YANKAO_ORIGIN + address if address.startswith("/") else address
