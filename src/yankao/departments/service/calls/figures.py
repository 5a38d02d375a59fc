"""The figures of calls (SYSTEMS row SV3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.calls.facts import CALLS
from yankao.departments.service.calls.workflow import CallKind
from yankao.kernel.figures.declarations import Average, Count, Direction, Figure, Ratio, per_month

SOURCE = _("1999 話務中心的通話紀錄（交換機事件與話務人員的分類）")
IN_TIME_SECONDS = 20


def _figure(name: str, **more: Any) -> Figure:
    return Figure(
        name=f"service.calls.{name}",
        fact=CALLS,
        period_column="began_at",
        dimensions=("queue",),
        citation=SOURCE,
        **more,
    )


def _share(name: str, title: Any, definition: Any, kind: CallKind) -> Figure:
    return _figure(
        name,
        title=title,
        definition=definition,
        unit="%",
        places=2,
        measure=Ratio(numerator=lambda t: t.kind == kind.value, denominator=lambda t: t.classified),
    )


RECEIVED = _figure(
    "received",
    title=_("1999 話務量"),
    definition=_("期間內打進來的電話通數，以來電的半小時計；未接通即掛斷的也計。"),
    unit=_("通"),
    measure=Count(),
)
PER_MONTH = per_month(
    RECEIVED,
    name="service.calls.monthly_average",
    title=_("1999 平均每月話務量"),
    definition=_(
        "期間內的 1999 話務量除以月數，四捨五入到整數；還沒結束的期間除以已經開始的月數。"
    ),
)
INQUIRY = _share(
    "inquiry_pct",
    _("諮詢占比"),
    _("期間內已分類的電話中，諮詢所占百分比；還沒分類與未接通即掛斷的不計。"),
    CallKind.INQUIRY,
)
RECORDED = _share(
    "recorded_pct",
    _("錄案占比"),
    _("期間內已分類的電話中，登錄成派工或陳情者所占百分比；一通登錄好幾案仍是一通。"),
    CallKind.RECORDED,
)
OTHER = _share(
    "other_pct",
    _("其他來電占比"),
    _("期間內已分類的電話中，既非諮詢也非錄案者所占百分比。"),
    CallKind.OTHER,
)
AT_ONCE = _figure(
    "at_once_pct",
    title=_("諮詢當場答復率"),
    definition=_("期間內的諮詢電話中，話務人員當場答復者所占百分比。"),
    unit="%",
    places=2,
    direction=Direction.HIGHER,
    measure=Ratio(
        numerator=lambda t: t.at_once,
        denominator=lambda t: t.kind == CallKind.INQUIRY.value,
    ),
)
SATISFIED = _figure(
    "satisfied_pct",
    title=_("1999 話務滿意度"),
    definition=_(
        "期間內通話後按鍵評分的電話中，評第 1 或第 2 級（共 5 級，1 最滿意）者所占百分比；"
        "沒有評分的不計。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    measure=Ratio(numerator=lambda t: t.satisfied, denominator=lambda t: t.rated),
)
SERVICE_LEVEL = _figure(
    "service_level_pct",
    title=_("20 秒內接聽率"),
    definition=_("期間內已接聽或未接通即掛斷的電話中，20 秒內接聽者所占百分比。"),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    measure=Ratio(
        numerator=lambda t: t.wait_seconds <= IN_TIME_SECONDS,
        denominator=lambda t: t.answered | t.abandoned,
    ),
)
ABANDONED = _figure(
    "abandoned_pct",
    title=_("未接通即掛斷率"),
    definition=_("期間內已接聽或未接通即掛斷的電話中，民眾在接聽前掛斷者所占百分比。"),
    unit="%",
    places=1,
    direction=Direction.LOWER,
    measure=Ratio(numerator=lambda t: t.abandoned, denominator=lambda t: t.answered | t.abandoned),
)
WAIT = _figure(
    "wait_seconds",
    title=_("平均等候秒數"),
    definition=_("期間內已接聽的電話，從來電到接聽的平均秒數。"),
    unit=_("秒"),
    places=1,
    direction=Direction.LOWER,
    measure=Average(of=lambda t: t.wait_seconds),
)
FIGURES = (
    RECEIVED, PER_MONTH,
    INQUIRY, RECORDED, OTHER, AT_ONCE, SATISFIED, SERVICE_LEVEL, ABANDONED, WAIT
)  # fmt: skip
