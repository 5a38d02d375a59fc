"""The figures of the answer bot (SYSTEMS row SV7)."""

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.bot.facts import PEOPLE, QUESTIONS
from yankao.kernel.figures.declarations import Count, Direction, Figure, Ratio

SOURCE = _("智能客服的對話紀錄")

ASKED = Figure(
    name="service.bot.questions",
    title=_("智能客服提問數"),
    definition=_("期間內民眾在智能客服提出的問題數，以提問時間計；招呼與道謝不算。"),
    unit=_("則"),
    fact=QUESTIONS,
    measure=Count(),
    period_column="asked_at",
    dimensions=("channel",),
    citation=SOURCE,
)
ANSWERED = Figure(
    name="service.bot.answered",
    title=_("智能客服回答率"),
    definition=_(
        "期間內的提問中，以已公布的問答直接回答的百分比。把握不足而請人或案件接手的不算回答。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=QUESTIONS,
    measure=Ratio(numerator=lambda t: t.is_answered),
    period_column="asked_at",
    dimensions=("channel",),
    citation=SOURCE,
)
USERS = Figure(
    name="service.bot.people",
    title=_("智能客服使用人次"),
    definition=_("期間內開始的對話數。對話以瀏覽器或 LINE 當日的隨機號碼分辨，不記錄是誰。"),
    unit=_("人次"),
    fact=PEOPLE,
    measure=Count(),
    period_column="started_at",
    dimensions=("channel",),
    citation=SOURCE,
)
HELPFUL = Figure(
    name="service.bot.helpful_pct",
    title=_("智能客服有幫助的比率"),
    definition=_(
        "期間內的提問中，民眾說答案有幫助者占有表示者的百分比，以提問時間計。"
        "是願意表示者的比率，不是所有提問的。"
    ),
    unit="%",
    places=1,
    direction=Direction.HIGHER,
    fact=QUESTIONS,
    measure=Ratio(numerator=lambda t: t.is_helpful, denominator=lambda t: t.is_helpful.notnull()),
    period_column="asked_at",
    dimensions=("channel",),
    citation=SOURCE,
)
FIGURES = (USERS, ASKED, ANSWERED, HELPFUL)
