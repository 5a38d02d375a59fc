"""What changes, views and rungs are called."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base import formats
from yankao.kernel.obligations.queries import ChangeView
from yankao.kernel.obligations.rules import Change

CHANGE_WORDS: dict[Change, Any] = {
    Change.OPENED: gettext_lazy("開始計時"),
    Change.ASSIGNED: gettext_lazy("指派承辦人"),
    Change.EXTENDED: gettext_lazy("展期"),
    Change.PAUSED: gettext_lazy("時鐘暫停"),
    Change.RESUMED: gettext_lazy("時鐘恢復"),
    Change.RECOMPUTED: gettext_lazy("重新計算期限"),
    Change.REMINDED: gettext_lazy("提醒承辦人"),
    Change.ESCALATED: gettext_lazy("通知上級"),
    Change.FULFILLED: gettext_lazy("完成"),
    Change.LAPSED: gettext_lazy("不再要求"),
}

STATE_WORDS: dict[str, Any] = {
    "open": gettext_lazy("進行中"),
    "paused": gettext_lazy("暫停"),
    "fulfilled": gettext_lazy("已完成"),
    "lapsed": gettext_lazy("不再要求"),
}


def change_entry(change: ChangeView) -> dict[str, object]:
    """A change as an entry of ``ui/timeline.html``."""
    return {
        "at": change.at,
        "title": str(CHANGE_WORDS[Change(change.kind)]),
        "who": change.actor_name,
        "body": "\n".join(line for line in _details(change) if line),
        "kind": "clock",
    }


def _details(change: ChangeView) -> list[str]:
    return [_moved(change), change.person_name, change.reason, change.citation]


def _moved(change: ChangeView) -> str:
    if change.new_due_at is None or change.old_due_at == change.new_due_at:
        return ""
    new = formats.roc_datetime(change.new_due_at)
    if change.old_due_at is None:
        return _("期限：%(new)s") % {"new": new}
    return _("期限由 %(old)s 改為 %(new)s") % {
        "old": formats.roc_datetime(change.old_due_at),
        "new": new,
    }
