"""Channels, statuses and errors as people call them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yankao.kernel.notices.rules import Channel, Failure, Status

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

FAILURES = {
    Failure.TEMPORARY: _("暫時送不到"),
    Failure.PERMANENT: _("永久送不到"),
    Failure.TECHNICAL: _("技術問題"),
}

_KINDS = {
    "malformed": Failure.PERMANENT,
    "opted_out": Failure.PERMANENT,
    "refused": Failure.PERMANENT,
    "undelivered": Failure.TEMPORARY,
}

TONES = {
    Status.QUEUED: "paused",
    Status.SENDING: "info",
    Status.SENT: "ok",
    Status.DELIVERED: "ok",
    Status.FAILED: "late",
}

SAMPLES = {
    "number": "D1150304001",
    "item": _("路面坑洞"),
    "district": _("某區"),
    "place": _("某路 2 號前"),
    "due": _("115/03/05（四）10:00"),
    "name": _("王小明"),
}
"""What placeholders hold in a preview (範例)."""

NOBODY = "nobody"
MALFORMED = "malformed"
ERASED = "erased"
REFUSED = "refused"
UNREACHABLE = "unreachable"
UNEXPECTED = "unexpected"
INTERRUPTED = "interrupted"
UNDELIVERED = "undelivered"
OPTED_OUT = "opted_out"
BOUNCED = "bounced"

HOPELESS = frozenset({MALFORMED, ERASED, OPTED_OUT})
"""Sending again cannot help: there is no address, none that anything reaches, or it is unwanted."""

ERRORS = {
    NOBODY: _("這個機關沒有承辦人或科長可以通知。"),
    MALFORMED: _("號碼或地址的格式不對，送不出去。"),
    ERASED: _("地址已刪除，不再送出。"),
    REFUSED: _("對方或業者拒收。"),
    UNREACHABLE: _("連不上業者，稍後會自動再送。"),
    UNEXPECTED: _("程式發生錯誤，稍後會自動再送。"),
    INTERRUPTED: _("送出時中斷，已排入重送。"),
    UNDELIVERED: _("業者回報沒有送到。"),
    OPTED_OUT: _("收件人已要求停止這類訊息。"),
    BOUNCED: _("對方的郵件伺服器退信。"),
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


PROVIDER_STATES = {
    "well": _("正常"),
    "back": _("恢復中"),
    "out": _("停用中，每半分鐘試一次"),
}

PROVIDER_TONES = {"well": "ok", "back": "info", "out": "late"}


def outcome_words(status: str, failure: str) -> str:
    """「已送達」, of a failed message the kind of failure."""
    return failure_words(failure) or str(STATUSES[Status(status)])


def failure_words(failure: str) -> str:
    """「暫時送不到」; "" for none."""
    return str(FAILURES[Failure(failure)]) if failure else ""


def failure_of(error: str, *, permanent: bool = False) -> Failure:
    """Which kind of failure a message given up with this error is.

    A refusal is permanent only when it was about the address; else somebody's server is at fault.
    """
    kind = _KINDS.get(error.partition(":")[0], Failure.TECHNICAL)
    if error.startswith("refused") and not permanent:
        return Failure.TECHNICAL
    return kind


def error_words(error: str) -> str:
    """The sentence for a stored error ("unreachable:ConnectionRefusedError"); "" for none."""
    code, _colon, _detail = error.partition(":")
    return str(ERRORS.get(code, error))


def is_hopeless(error: str) -> bool:
    """Whether the stored error rules out sending again."""
    return error.partition(":")[0] in HOPELESS
