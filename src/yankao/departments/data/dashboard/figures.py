"""Obligations across the city: what fell due, what was kept, what is overdue."""

from django.utils.translation import gettext_lazy as _

from yankao.departments.data.dashboard.facts import OBLIGATIONS
from yankao.kernel.figures.declarations import Count, Direction, Figure, Ratio, Stock

DIMENSIONS = ("agency", "district", "kind")
SOURCE = _("全市應辦事項的時鐘")

DUE = Figure(
    name="data.dashboard.obligations_due",
    title=_("到期應辦事項數"),
    definition=_(
        "期限落在期間內的應辦事項數，不論完成了沒有，每一項計一次；不再要求與暫停計時的不計。"
        "派工處理、陳情答覆、查驗、核定與檢視等各系統的義務都在內。"
    ),
    unit=_("項"),
    fact=OBLIGATIONS,
    measure=Count(where=lambda t: ~t.lapsed & ~t.paused),
    period_column="due_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
ON_TIME = Figure(
    name="data.dashboard.obligations_on_time_pct",
    title=_("全市應辦事項準時率"),
    definition=_(
        "期限落在期間內的應辦事項中，期限前已完成者所占百分比。"
        "分母是期間內所有到期的事項，到期仍未完成者算逾期；不再要求與暫停計時的不計。"
        "核准的展期與暫停會延後期限。各系統用同一種算法。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=OBLIGATIONS,
    measure=Ratio(
        numerator=lambda t: t.fulfilled_at <= t.due_at,
        denominator=lambda t: ~t.lapsed & ~t.paused,
    ),
    period_column="due_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
OVERDUE = Figure(
    name="data.dashboard.obligations_overdue_at_end",
    title=_("期末逾期應辦事項數"),
    definition=_(
        "期間結束時期限已過、而還沒有完成的應辦事項數；期間未結束時，以現在計。"
        "暫停計時的不計；後來不再要求的，在那之前仍計。"
    ),
    unit=_("項"),
    direction=Direction.LOWER,
    fact=OBLIGATIONS,
    measure=Stock(entered="due_at", left="ended_at", where=lambda t: ~t.paused),
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
FIGURES = (DUE, ON_TIME, OVERDUE)
