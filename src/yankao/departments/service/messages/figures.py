"""The figures of messages (SYSTEMS row SV5)."""

from django.conf import settings
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from yankao.departments.service.messages.facts import LETTERS
from yankao.kernel.figures.declarations import Count, Figure, Sum

DIMENSIONS = ("agency", "channel", "kind")


def _city() -> str:
    return str(settings.CITY["name"])


SOURCE = format_lazy(_("{city}政府訊息發送紀錄"), city=lazy(_city, str)())

SENT = Figure(
    name="service.messages.sent",
    title=_("送出訊息數"),
    definition=_(
        "期間內交給業者的簡訊與電子郵件數，以業者收下的時間計。一則訊息不論分成幾則計費，都算一則；"
        "站內通知、測試金鑰的訊息與送不出去的訊息不計。"
    ),
    unit="則",
    fact=LETTERS,
    measure=Count(),
    period_column="sent_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
DELIVERED = Figure(
    name="service.messages.delivered",
    title=_("送達訊息數"),
    definition=_(
        "期間內業者回報已送達的簡訊數，以回報時間計。業者不回報的管道（電子郵件）不計，"
        "所以不能直接除以送出數當作送達率。"
    ),
    unit="則",
    fact=LETTERS,
    measure=Count(),
    period_column="delivered_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
COST = Figure(
    name="service.messages.cost",
    title=_("訊息費用"),
    definition=_(
        "期間內送出的簡訊與電子郵件的費用，以送出當天的單價乘以計費則數。單價在城市資料包；"
        "可能重複送出的那一次不計，另列次數。"
    ),
    unit="元",
    places=2,
    fact=LETTERS,
    measure=Sum(of=lambda t: t.cost_twd),
    period_column="sent_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
FIGURES = (SENT, DELIVERED, COST)
