"""The figures of satisfaction (SYSTEMS row SV12).

These are read by anybody. By agency only the share is, of ended quarters, small cells withheld; an
agency sees its own on the system's page (ADR 0033).
"""

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.satisfaction.facts import ANSWERS
from yankao.departments.service.satisfaction.queries import small_cell
from yankao.kernel.figures.declarations import Count, Direction, Figure, Ratio, SmallCells
from yankao.kernel.figures.rules import Grain

DIMENSIONS = ("channel", "kind", "survey")
SOURCE = _("結案後的滿意度調查（連結、電話、抽樣）")

SATISFIED = Figure(
    name="service.satisfaction.satisfied",
    title=_("滿意度"),
    definition=_(
        "期間內有效的答案中，選非常滿意或滿意者所占百分比，以作答日計。"
        "分母是選了五級中任一級的答案；沒有意見、拒答、聯絡不到與逾期未答的另計為未得到答案，"
        "不在分母裡。普通不算滿意。是樣本的比率，不是全部案件的。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=ANSWERS,
    measure=Ratio(numerator=lambda t: t.is_satisfied, denominator=lambda t: t.is_valid),
    period_column="counted_on",
    dimensions=("agency", *DIMENSIONS),
    small_cells=SmallCells(dimensions=("agency",), least=small_cell, grain=Grain.QUARTER),
    citation=SOURCE,
)
VALID = Figure(
    name="service.satisfaction.valid",
    title=_("滿意度有效樣本數"),
    definition=_("期間內選了五級中任一級的答案數，以作答日計。"),
    unit=_("份"),
    fact=ANSWERS,
    measure=Count(where=lambda t: t.is_valid),
    period_column="counted_on",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
MISSING = Figure(
    name="service.satisfaction.missing",
    title=_("滿意度未得到答案數"),
    definition=_(
        "期間內問過而沒有得到答案的份數：沒有意見、拒答、電話未接通、連結逾期未答，"
        "以結束詢問之日計。還可以作答的不計。"
    ),
    unit=_("份"),
    direction=Direction.LOWER,
    fact=ANSWERS,
    measure=Count(where=lambda t: ~t.is_valid),
    period_column="counted_on",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
DISSATISFIED = Figure(
    name="service.satisfaction.dissatisfied",
    title=_("不滿意件數"),
    definition=_("期間內選不滿意或非常不滿意的答案數，以作答日計。"),
    unit=_("份"),
    direction=Direction.LOWER,
    fact=ANSWERS,
    measure=Count(where=lambda t: t.is_dissatisfied),
    period_column="counted_on",
    dimensions=DIMENSIONS,
    citation=SOURCE,
)
LEVELS = Figure(
    name="service.satisfaction.levels",
    title=_("滿意度各級答案數"),
    definition=_(
        "期間內得到與沒有得到的答案數，按選的等級或沒有得到的原因區分，以作答或結束詢問之日計。"
    ),
    unit=_("份"),
    fact=ANSWERS,
    measure=Count(),
    period_column="counted_on",
    dimensions=(*DIMENSIONS, "answer"),
    citation=SOURCE,
)
FIGURES = (SATISFIED, VALID, MISSING, DISSATISFIED, LEVELS)
