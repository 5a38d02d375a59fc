"""The figures of the knowledge base (SYSTEMS row SV4)."""

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.knowledge.facts import DAYS, ENTRIES, JUDGEMENTS, REVIEWS
from yankao.kernel.figures.declarations import Direction, Figure, Ratio, Stock, Sum

SOURCE = _("知識庫的版次、檢視義務與每日計數")

IN_FORCE = Figure(
    name="service.knowledge.entries_at_end",
    title=_("知識庫期末問答數"),
    definition=_(
        "期間結束時發布過、而沒有下架、合併或過期的問答則數；期間未結束時，以現在計。"
        "匯入的問答以原系統的刊登日起算。"
    ),
    unit=_("則"),
    fact=ENTRIES,
    measure=Stock(entered="first_published_at", left="ended_at"),
    dimensions=("agency", "category"),
    citation=SOURCE,
)
ON_TIME = Figure(
    name="service.knowledge.reviewed_on_time_pct",
    title=_("知識庫準時檢視率"),
    definition=_(
        "檢視期限落在期間內的問答中，期限前已檢視或改版者所占百分比。"
        "到期仍未檢視算逾期；下架、合併或移交而不必再做的不計。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=REVIEWS,
    measure=Ratio(numerator=lambda t: t.is_on_time),
    period_column="due_at",
    dimensions=("agency",),
    citation=SOURCE,
)
VIEWS = Figure(
    name="service.knowledge.views",
    title=_("知識庫瀏覽次數"),
    definition=_(
        "期間內民眾在網站上打開問答的次數；同一個網址來源一天只計一次，"
        "機關同仁與自稱是程式的不計。原系統的瀏覽次數不在內。"
    ),
    unit=_("次"),
    fact=DAYS,
    measure=Sum(of=lambda t: t.views),
    period_column="counted_on",
    dimensions=("agency", "category"),
    citation=SOURCE,
)
HELPFUL = Figure(
    name="service.knowledge.helpful_pct",
    title=_("知識庫有幫助的比率"),
    definition=_(
        "期間內回答「有沒有幫助」的次數中，答有的所占百分比。同一個來源對同一則一天只計一次。"
        "是願意回答者的比率，不是所有讀者的。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=JUDGEMENTS,
    measure=Ratio(numerator=lambda t: t.is_helpful),
    period_column="counted_on",
    dimensions=("agency", "category"),
    citation=SOURCE,
)
FIGURES = (IN_FORCE, ON_TIME, VIEWS, HELPFUL)
