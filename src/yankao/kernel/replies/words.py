"""States, channels, roles and moves as people call them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yankao.kernel.replies.rules import Channel, Move, Role, State

STATES: dict[str, Any] = {
    State.DRAFT: _("擬稿中"),
    State.IN_APPROVAL: _("核稿中"),
    State.APPROVED: _("已核定，即將送出"),
    State.TO_POST: _("待寄出"),
    State.SENT: pgettext_lazy("reply", "已回復"),
    State.DROPPED: _("不再回復"),
}

TONES: dict[str, str] = {
    State.DRAFT: "neutral",
    State.IN_APPROVAL: "info",
    State.APPROVED: "today",
    State.TO_POST: "today",
    State.SENT: "ok",
    State.DROPPED: "closed",
}

CHANNELS: dict[str, Any] = {
    Channel.EMAIL: _("電子郵件"),
    Channel.SMS: _("簡訊（附查詢連結）"),
    Channel.LETTER: _("紙本公文"),
}

ROLES: dict[str, Any] = {
    Role.SECTION: _("科長"),
    Role.HEAD: _("機關首長"),
    Role.COMMISSION: _("研考會"),
}

MOVES: dict[str, Any] = {
    Move.STARTED: _("開始擬稿"),
    Move.SUBMITTED: _("送核"),
    Move.APPROVED: _("核可"),
    Move.EDITED: _("核稿時修改"),
    Move.RETURNED: _("退回重擬"),
    Move.WITHDRAWN: _("撤回"),
    Move.SENDING_CANCELLED: _("停止送出"),
    Move.SENDING_FAILED: _("無法送出"),
    Move.PRINTED: _("交付紙本寄送"),
    Move.SENT: _("送出回復"),
    Move.POSTED: _("登記寄出"),
    Move.UNDELIVERED: _("回復沒有送達"),
    Move.DROPPED: _("不再回復"),
}


def channel_words(channel: str) -> str:
    """The channel's name, "" when none is chosen."""
    return str(CHANNELS.get(channel, channel))


def role_words(role: str) -> str:
    """「科長」."""
    return str(ROLES.get(role, role))
