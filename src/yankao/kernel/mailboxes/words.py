"""Reasons and states as people call them, and what to do."""

from django.utils.translation import gettext_lazy as _

from yankao.kernel.mailboxes.rules import Reason, State, Wish

REASONS = {
    Reason.TOO_LARGE: _("信太大，沒有讀。"),
    Reason.TOO_MANY_PARTS: _("信裡的段落或附件太多，沒有讀。"),
    Reason.TOO_DEEP: _("信裡一層包一層太深，沒有讀。"),
    Reason.HEADERS_TOO_LARGE: _("信頭太大，沒有讀。"),
    Reason.TOO_LONG: _("內文太長。"),
    Reason.NO_SENDER: _("沒有看得懂的寄件地址。"),
    Reason.TOO_MANY: _("同一個地址在短時間內寄來太多信。"),
    Reason.NO_ANSWER_WANTED: _("寄件程式要求不要自動回信，所以沒有辦法請寄件人確認。"),
    Reason.REFUSED: _("業務系統沒有收下。"),
    Reason.BROKEN: _("讀這封信時程式發生錯誤，已試了幾次。"),
    Reason.OWN: _("我們自己寄出的信繞回來了。"),
    Reason.AUTOMATIC: _("自動回覆或系統信。"),
    Reason.BULK: _("群發信或郵寄清單。"),
    Reason.BOUNCE: _("退信。"),
    Reason.TWICE: _("同一封信先前已收過。"),
}
UNREADABLE = frozenset(
    {Reason.TOO_LARGE, Reason.TOO_MANY_PARTS, Reason.TOO_DEEP, Reason.HEADERS_TOO_LARGE,
     Reason.TOO_LONG}
)  # fmt: skip
"""Reading it again cannot help: somebody opens it on the mail server."""

HOPELESS = UNREADABLE | {Reason.OWN, Reason.BOUNCE, Reason.TWICE}
"""Nobody can let these in."""

STATES = {
    State.READING: _("讀取中"),
    State.TAKEN: _("已收下"),
    State.SKIPPED: _("已略過"),
    State.ASIDE: _("待處理"),
    State.DONE: _("已結束"),
}
TONES = {
    State.READING: "info",
    State.TAKEN: "ok",
    State.SKIPPED: "neutral",
    State.ASIDE: "today",
    State.DONE: "closed",
}
WISHES = {
    Wish.TAKE_IN: _("已請程式收下，下一次收信時辦理。"),
    Wish.THROW_AWAY: _("已請程式丟棄，下一次收信時辦理。"),
}


def reason_words(reason: str) -> str:
    """The sentence for a reason; "" for none."""
    return str(REASONS[Reason(reason)]) if reason else ""
