"""Kinds and states in words."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from yankao.departments.service.calls.workflow import CallKind, Happened, State

KIND_WORDS = {
    CallKind.INQUIRY.value: _("諮詢"),
    CallKind.RECORDED.value: _("錄案"),
    CallKind.OTHER.value: _("其他"),
}
STATE_WORDS = {
    State.RINGING.value: _("等候接聽"),
    State.TALKING.value: _("通話中"),
    State.HELD.value: _("保留中"),
    State.ENDED.value: _("已結束"),
    State.ABANDONED.value: _("未接通即掛斷"),
}
STATE_TONES = {
    State.RINGING.value: "today",
    State.TALKING.value: "ok",
    State.HELD.value: "paused",
    State.ENDED.value: "closed",
    State.ABANDONED.value: "late",
}
HAPPENED_WORDS = {
    Happened.RINGING.value: _("響鈴"),
    Happened.ANSWERED.value: _("接聽"),
    Happened.HELD.value: _("保留"),
    Happened.RESUMED.value: _("恢復通話"),
    Happened.TRANSFERRED.value: _("轉接"),
    Happened.ENDED.value: _("結束"),
    Happened.ABANDONED.value: _("民眾掛斷"),
    Happened.RATED.value: _("按鍵評分"),
}


def kind_names() -> dict[str, str]:
    """What a call was about, in words; "" = nobody said."""
    return {"": str(_("未分類")), **{kind: str(words) for kind, words in KIND_WORDS.items()}}


def queue_names() -> dict[str, str]:
    """What the city calls the queues of its exchange."""
    return dict(settings.CITY.get("calls", {}).get("queues", {}))


def queue_name(code: str) -> str:
    """One of them; its code when the city has no name."""
    return queue_names().get(code, code)
