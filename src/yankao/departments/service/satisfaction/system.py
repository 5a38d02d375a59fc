"""SV12 滿意度: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.demo_year import YearPart
from yankao.base.packs import PackTable
from yankao.base.registry import DemoStep, NavItem, Permission, System
from yankao.departments.service.satisfaction import commands, figures, queries, services
from yankao.departments.service.satisfaction.facts import ANSWERS
from yankao.departments.service.satisfaction.workflow import SECOND_ANSWER
from yankao.departments.service.satisfaction.workflow import Permission as P
from yankao.kernel.doors.declarations import Door
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.obligations.kinds import ObligationKind
from yankao.kernel.replies import events as replies
from yankao.kernel.trail.actions import ActionTitle

_ALL = ("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR")

ACTION_TITLES = {
    "service.satisfaction.version_opened": _("滿意度調查開新的一版"),
    "service.satisfaction.asked": _("詢問滿意度"),
    "service.satisfaction.answered": _("收到滿意度答案"),
    "service.satisfaction.called": _("滿意度電話未得到答案"),
    "service.satisfaction.call_opened": _("查看滿意度電話名單的聯絡資料"),
    "service.satisfaction.second_asked": _("不滿意，請主管再回復"),
    "service.satisfaction.second_sent": _("不滿意案件已再回復"),
    "service.satisfaction.second_closed": _("不滿意案件無法回復而結束"),
    "service.satisfaction.exported": _("匯出滿意度結果"),
}

SYSTEM = System(
    name="service.satisfaction",
    title=_("滿意度"),
    department="service",
    permissions=(
        Permission(P.RESULTS, _("看所屬機關的滿意度結果"), roles=_ALL),
        Permission(P.WORDS, _("看文字意見"), roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION")),
        Permission(P.MANAGE, _("管理滿意度調查與抽樣"), roles=("COMMISSION",)),
        Permission(P.CALL, _("打電話詢問滿意度"), roles=("AGENT",)),
        Permission(
            P.SECOND, _("看不滿意案件"), roles=("SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR")
        ),
        Permission(P.ANSWER, _("再回復不滿意的民眾"), roles=("SUPERVISOR", "HEAD")),
    ),
    offers=(
        ANSWERS,
        *figures.FIGURES,
        queries.SecondAnswerSubjects(),
        queries.SecondAnswerReplies(),
        queries.SecondAnswerEchoes(),
        queries.SurveyTasks(),
        ObligationKind(SECOND_ANSWER, _("不滿意的再回復")),
        PackTable("surveys/", 75, services.load_surveys),
        DimensionLabels(
            dimension="channel",
            labels=queries.channel_names,
            fact=ANSWERS.name,
        ),
        DimensionLabels(dimension="kind", labels=queries.kind_names, fact=ANSWERS.name),
        DimensionLabels(dimension="survey", labels=queries.survey_titles, fact=ANSWERS.name),
        DimensionLabels(dimension="answer", labels=queries.answer_names, fact=ANSWERS.name),
        DimensionLabels(dimension="missing", labels=queries.missing_names, fact=ANSWERS.name),
        Door("service.satisfaction.answer", _("滿意度作答"), limits=((300, 3600), (2000, 86_400))),
        *(ActionTitle(action, title) for action, title in ACTION_TITLES.items()),
        DemoStep(60, commands.prepare_demo),
        YearPart("satisfaction", _("滿意度答案"), 90, services.generate_year),
    ),
    subscriptions={replies.SENT: "service.satisfaction.reply_sent"},
    jobs=("service.satisfaction.ask", "service.satisfaction.reply_sent"),
    urls="yankao.departments.service.satisfaction.pages",
    nav=(
        NavItem(_("滿意度"), "service_satisfaction:results", P.RESULTS, order=45),
        NavItem(_("不滿意案件"), "service_satisfaction:seconds", P.SECOND, order=28, icon="late"),
        NavItem(_("滿意度電話"), "service_satisfaction:calls", P.CALL, order=29, icon="phone"),
    ),
)
