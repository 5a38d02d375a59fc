"""The figures of petitions (SYSTEMS row SV2)."""

from typing import Any

from django.conf import settings
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from yankao.base.local_names import local
from yankao.departments.service.petitions.facts import PETITIONS
from yankao.kernel.figures.declarations import Count, Direction, Figure, Ratio, Stock, per_month

DIMENSIONS = ("agency", "district", "category", "item", "channel")


def _city() -> str:
    return str(local(settings.CITY["name"]))


SOURCE = format_lazy(_("{city}政府人民陳情紀錄"), city=lazy(_city, str)())


def _counted(name: str, title: Any, definition: Any, measure: Count, period: str) -> Figure:
    return Figure(
        name=f"service.petitions.{name}",
        title=title,
        definition=definition,
        unit=_("件"),
        fact=PETITIONS,
        measure=measure,
        period_column=period,
        dimensions=DIMENSIONS,
        citation=SOURCE,
    )


RECEIVED = _counted(
    "received",
    _("陳情受理件數"),
    _("期間內收到的陳情件數，以收件時間計；市長信箱以民眾確認的時間計。分辦出去的每一件各計一件。"),
    Count(),
    "received_at",
)
PER_MONTH = per_month(
    RECEIVED,
    name="service.petitions.monthly_average",
    title=_("陳情平均每月件數"),
    definition=_(
        "期間內的陳情受理件數除以月數，四捨五入到整數；還沒結束的期間除以已經開始的月數。"
    ),
)
MAILBOX = _counted(
    "mailbox",
    _("市長信箱件數"),
    _("期間內收到、寄給市長信箱的陳情件數，以民眾確認的時間計。"),
    Count(where=lambda t: t.mayor),
    "received_at",
)
CLOSED = _counted(
    "closed",
    _("陳情結案件數"),
    _("期間內結案的陳情件數，含不予處理與民眾撤回，以結案時間計。"),
    Count(),
    "closed_at",
)
EXTENDED = _counted(
    "extended",
    _("陳情展期件數"),
    _("期間內收到的陳情中，曾核准展期的件數。"),
    Count(where=lambda t: t.extended),
    "received_at",
)
REASSIGNED = _counted(
    "reassigned",
    _("陳情改分件數"),
    _("期間內收到的陳情中，曾改分機關的件數；記在現在的主辦機關。"),
    Count(where=lambda t: t.reassigned),
    "received_at",
)
DECLINED = _counted(
    "declined",
    _("陳情不予處理件數"),
    _("期間內依行政程序法第 173 條核定不予處理的件數，以核定時間計。"),
    Count(where=lambda t: t.declined),
    "closed_at",
)
ON_TIME = Figure(
    name="service.petitions.on_time_pct",
    title=_("陳情準時率"),
    definition=_(
        "答覆期限落在期間內的陳情中，期限前已答覆民眾者所占百分比。"
        "分母是期間內所有到期的陳情，到期仍未答覆者算逾期；依法不予處理以核定時間算；"
        "民眾撤回的不計。改分不延後期限，核准的展期與等民眾補充才會。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=PETITIONS,
    measure=Ratio(
        numerator=lambda t: t.done_at <= t.due_at,
        denominator=lambda t: ~t.withdrawn,
    ),
    period_column="due_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
OVERDUE = Figure(
    name="service.petitions.overdue_at_end",
    title=_("陳情期末逾期件數"),
    definition=_("期間結束時期限已過、而尚未答覆的件數；期間未結束時，以現在計。撤回的不計。"),
    unit=_("件"),
    direction=Direction.LOWER,
    fact=PETITIONS,
    measure=Stock(entered="due_at", left="done_at", where=lambda t: ~t.withdrawn),
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
OPEN_AT_END = Figure(
    name="service.petitions.open_at_end",
    title=_("陳情期末未結件數"),
    definition=_("期間結束時已收件而尚未結案的件數；期間未結束時，以現在計。"),
    unit=_("件"),
    direction=Direction.LOWER,
    fact=PETITIONS,
    measure=Stock(entered="received_at", left="closed_at"),
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
FIGURES = (
    RECEIVED, PER_MONTH,
    MAILBOX, CLOSED, ON_TIME, OVERDUE, OPEN_AT_END, EXTENDED, REASSIGNED, DECLINED,
)  # fmt: skip
