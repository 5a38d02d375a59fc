"""The figures of dispatch (SYSTEMS row SV1)."""

from fractions import Fraction

from django.conf import settings
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from yankao.base.local_names import local
from yankao.departments.service.dispatch.facts import CASES
from yankao.kernel.figures.declarations import (
    Count,
    Direction,
    Figure,
    Median,
    Ratio,
    Stock,
    per_month,
)

DIMENSIONS = ("agency", "district", "item_group", "item")


def _city() -> str:
    return str(local(settings.CITY["name"]))


SOURCE = format_lazy(_("{city}政府 1999 派工通報紀錄"), city=lazy(_city, str)())

RECEIVED = Figure(
    name="service.dispatch.received",
    title=_("派工受理件數"),
    definition=_(
        "期間內受理的派工案件數，以受理時間計；含匯入的歷史案件。"
        "併案的每一件通報、分辦出去的每一案，各計一件。"
    ),
    unit=_("件"),
    fact=CASES,
    measure=Count(),
    period_column="received_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
PER_MONTH = per_month(
    RECEIVED,
    name="service.dispatch.monthly_average",
    title=_("派工平均每月件數"),
    definition=_(
        "期間內的派工受理件數除以月數，四捨五入到整數；還沒結束的期間除以已經開始的月數。"
    ),
)
DONE = Figure(
    name="service.dispatch.done",
    title=_("派工完成件數"),
    definition=_(
        "期間內主辦機關回報完成、且未被退回的案件數，以回報時間計。結果不明的歷史案件不計。"
    ),
    unit=_("件"),
    fact=CASES,
    measure=Count(),
    period_column="done_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
ON_TIME = Figure(
    name="service.dispatch.on_time_pct",
    title=_("派工準時率"),
    definition=_(
        "承諾期限落在期間內的案件中，期限前已回報完成者所占百分比。"
        "分母是期間內所有到期案件，到期仍未完成者算逾期；被退回的回報不算完成；"
        "尚未到期、已註銷與結果不明的歷史案件不計。回報完成即停止計時，查驗不影響；"
        "改分不延後期限，核准的展延與暫停才會。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=CASES,
    measure=Ratio(
        numerator=lambda t: t.done_at <= t.due_at,
        denominator=lambda t: t.outcome_known & ~t.cancelled,
    ),
    period_column="due_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
MEDIAN_HOURS = Figure(
    name="service.dispatch.median_hours",
    title=_("派工處理時數中位數"),
    definition=_("期間內回報完成的案件，從受理到回報完成的時數中位數（日曆時數，不扣假日）。"),
    unit=_("小時"),
    places=1,
    direction=Direction.LOWER,
    fact=CASES,
    measure=Median(of=lambda t: t.seconds),
    factor=Fraction(1, 3600),
    period_column="done_at",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
OPEN_AT_END = Figure(
    name="service.dispatch.open_at_end",
    title=_("派工期末未結件數"),
    definition=_(
        "期間結束時已受理而尚未結案（或註銷）的案件數；期間未結束時，以現在計。結果不明的歷史案件不計。"
    ),
    unit=_("件"),
    direction=Direction.LOWER,
    fact=CASES,
    measure=Stock(entered="received_at", left="closed_at", where=lambda t: t.outcome_known),
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
OVERDUE_AT_END = Figure(
    name="service.dispatch.overdue_at_end",
    title=_("派工期末逾期件數"),
    definition=_(
        "期間結束時承諾期限已過、而尚未回報完成的案件數；期間未結束時，以現在計。已註銷的案件不計。"
    ),
    unit=_("件"),
    direction=Direction.LOWER,
    fact=CASES,
    measure=Stock(entered="due_at", left="done_at", where=lambda t: t.outcome_known & ~t.cancelled),
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
FIGURES = (RECEIVED, PER_MONTH, DONE, ON_TIME, MEDIAN_HOURS, OPEN_AT_END, OVERDUE_AT_END)
