"""The figures of the citizen's phone (SYSTEMS row SV6); downloads of a store are installs here."""

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.dispatch.facts import CASES
from yankao.departments.service.mobile.facts import INSTALLS
from yankao.departments.service.petitions.facts import PETITIONS
from yankao.kernel.figures.declarations import Count, Figure, Sum

APP = "app"
"""The channel of what comes from the installed site, or was written without a network."""

INSTALLED = Figure(
    name="service.mobile.installs",
    title=_("便民一路通安裝次數"),
    definition=_(
        "期間內把市民服務網站裝到手機或電腦的次數，取代商店的下載次數。"
        "瀏覽器通知安裝時計一次；不通知的（如 iPhone），第一次從桌面打開時計一次。"
        "同一支手機移除再裝、清除資料後再裝，會再計一次。"
    ),
    unit=_("次"),
    fact=INSTALLS,
    measure=Sum(of=lambda t: t.installs),
    period_column="day_at",
    dimensions=("kind",),
    citation=_("市民服務網站的安裝計數"),
)
DISPATCHES = Figure(
    name="service.mobile.dispatches",
    title=_("便民一路通派工件數"),
    definition=_(
        "期間內從安裝好的市民服務網站，或離線寫好再送出的派工通報件數，以受理時間計。"
        "在瀏覽器裡通報的不計。"
    ),
    unit=_("件"),
    fact=CASES,
    measure=Count(where=lambda t: t.channel == APP),
    period_column="received_at",
    dimensions=("agency", "district", "item_group", "item"),
    citation=_("1999 派工通報紀錄"),
)
MAILBOX = Figure(
    name="service.mobile.mailbox",
    title=_("便民一路通市長信箱件數"),
    definition=_("期間內從安裝好的市民服務網站寄給市長信箱、並經民眾確認的件數，以確認的時間計。"),
    unit=_("件"),
    fact=PETITIONS,
    measure=Count(where=lambda t: (t.channel == APP) & t.mayor),
    period_column="received_at",
    dimensions=("agency", "district", "category", "item"),
    citation=_("人民陳情紀錄"),
)
FIGURES = (INSTALLED, DISPATCHES, MAILBOX)
