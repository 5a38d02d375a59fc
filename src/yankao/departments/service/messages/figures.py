"""The figures of messages (SYSTEMS row SV5)."""

from typing import Any

from django.conf import settings
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from yankao.base.local_names import local
from yankao.departments.service.messages.facts import LETTERS
from yankao.kernel.figures.declarations import Count, Direction, Figure, Sum

DIMENSIONS = ("agency", "channel", "kind")


def _city() -> str:
    return str(local(settings.CITY["name"]))


SOURCE = format_lazy(_("{city}政府訊息發送紀錄"), city=lazy(_city, str)())


def _figure(name: str, **more: Any) -> Figure:
    told = {"period_column": "sent_at", "unit": _("則"), "measure": Count(), **more}
    return Figure(
        name=f"service.messages.{name}",
        fact=LETTERS,
        dimensions=DIMENSIONS,
        citation=SOURCE,
        **told,
    )


SENT = _figure(
    "sent",
    title=_("送出訊息數"),
    definition=_(
        "期間內交給業者的簡訊與電子郵件數，以業者收下的時間計。一則訊息不論分成幾則計費，都算一則；"
        "站內通知、測試金鑰的訊息與送不出去的訊息不計。"
    ),
)
DELIVERED = _figure(
    "delivered",
    title=_("送達訊息數"),
    definition=_(
        "期間內業者回報已送達的簡訊數，以回報時間計。業者不回報的管道（電子郵件）不計，"
        "所以不能直接除以送出數當作送達率。"
    ),
    period_column="delivered_at",
)
FAILED = _figure(
    "failed",
    title=_("沒送到的訊息數"),
    definition=_("期間內確定沒有送到的簡訊與電子郵件數，以確定的時間計。"),
    direction=Direction.LOWER,
    period_column="failed_at",
)
PARTS = _figure(
    "parts",
    title=_("簡訊計費則數"),
    definition=_("期間內送出的簡訊，業者計費的則數；長的簡訊分成幾則計費。以送出時間計。"),
    measure=Sum(of=lambda t: t.parts),
)
COST = _figure(
    "cost",
    title=_("訊息費用"),
    definition=_(
        "期間內送出的簡訊與電子郵件的費用，以送出當天的單價乘以計費則數。單價在城市資料包；"
        "可能重複送出的那一次不計，另列次數。"
    ),
    unit=_("元"),
    places=2,
    measure=Sum(of=lambda t: t.cost_twd),
)
DOUBLES = _figure(
    "possible_doubles",
    title=_("可能重複送出的次數"),
    definition=_(
        "期間內送出的簡訊與電子郵件中，不知道業者收到了沒有而再送一次的次數，以送出時間計。"
    ),
    unit=_("次"),
    direction=Direction.LOWER,
    measure=Sum(of=lambda t: t.possible_doubles),
)
FIGURES = (SENT, DELIVERED, FAILED, PARTS, COST, DOUBLES)
