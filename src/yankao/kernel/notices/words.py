"""Channels, statuses and errors as people call them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yankao.kernel.notices.rules import Channel, Status

CHANNELS = {
    Channel.IN_APP: _("站內通知"),
    Channel.EMAIL: _("電子郵件"),
    Channel.SMS: _("簡訊"),
}

STATUSES = {
    Status.QUEUED: _("等待送出"),
    Status.SENDING: _("送出中"),
    Status.SENT: _("已送出"),
    Status.DELIVERED: _("已送達"),
    Status.FAILED: pgettext_lazy("notice", "沒有送達"),
}

TONES = {
    Status.QUEUED: "paused",
    Status.SENDING: "info",
    Status.SENT: "ok",
    Status.DELIVERED: "ok",
    Status.FAILED: "late",
}

NOBODY = "nobody"
MALFORMED = "malformed"
ERASED = "erased"
REFUSED = "refused"
UNREACHABLE = "unreachable"
UNEXPECTED = "unexpected"
INTERRUPTED = "interrupted"

HOPELESS = frozenset({MALFORMED, ERASED})
"""Sending again cannot help: there is no address, or none that anything reaches."""

ERRORS = {
    NOBODY: _("這個機關沒有承辦人或科長可以通知。"),
    MALFORMED: _("號碼或地址的格式不對，送不出去。"),
    ERASED: _("地址已刪除，不再送出。"),
    REFUSED: _("對方或業者拒收。"),
    UNREACHABLE: _("連不上業者，稍後會自動再送。"),
    UNEXPECTED: _("程式發生錯誤，稍後會自動再送。"),
    INTERRUPTED: _("送出時中斷，已排入重送。"),
}


def channel_words(channel: str) -> str:
    """The channel's name, or its code when unknown."""
    return str(CHANNELS.get(Channel(channel), channel)) if channel in set(Channel) else channel


def status_words(status: str, channel: str) -> str:
    """「簡訊：已送出」."""
    return _("%(channel)s：%(status)s") % {
        "channel": channel_words(channel),
        "status": STATUSES[Status(status)],
    }


def error_words(error: str) -> str:
    """The sentence for a stored error ("unreachable:ConnectionRefusedError"); "" for none."""
    code, _colon, _detail = error.partition(":")
    return str(ERRORS.get(code, error))


def is_hopeless(error: str) -> bool:
    """Whether the stored error rules out sending again."""
    return error.partition(":")[0] in HOPELESS
