"""DA3 市政儀表板: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import DemoStep, NavItem, Permission, System
from yankao.departments.data.dashboard import commands, facts, figures, queries, services
from yankao.departments.data.dashboard.queries.obligations import ObligationLinks, kind_names
from yankao.departments.data.dashboard.workflow import APPROVAL, WORKFLOW
from yankao.departments.data.dashboard.workflow import Permission as P
from yankao.kernel.doors.declarations import Door
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.obligations.kinds import ObligationKind
from yankao.kernel.trail.actions import ActionTitle

_STAFF = ("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR")
ACTION_TITLES = {
    "write": _("撰寫儀表板主題"),
    "propose": _("儀表板主題送核"),
    "return": _("退回儀表板主題"),
    "approve": _("核定公布儀表板主題"),
    "withdraw": _("下架儀表板主題"),
    "loaded": _("載入資料包的儀表板主題"),
}

SYSTEM = System(
    name="data.dashboard",
    title=_("市政儀表板"),
    department="data",
    permissions=(
        Permission(P.READ, _("在選單看到市政儀表板"), roles=_STAFF),
        Permission(P.DECIDE, _("看決策儀表板"), roles=("HEAD", "COMMISSION", "AUDITOR")),
        Permission(P.INSIDE, _("看儀表板主題的草稿與經過"), roles=_STAFF),
        Permission(P.WRITE, _("撰寫儀表板主題"), roles=("OFFICER", "SUPERVISOR", "COMMISSION")),
        Permission(P.APPROVE, _("核定儀表板主題"), roles=("SUPERVISOR", "HEAD", "COMMISSION")),
    ),
    workflow=WORKFLOW,
    offers=(
        facts.OBLIGATIONS,
        *figures.FIGURES,
        DimensionLabels(dimension="kind", labels=kind_names, fact=facts.OBLIGATIONS.name),
        ObligationLinks(facts.SUBJECT),
        queries.TopicSubjects(),
        ObligationKind(APPROVAL, _("儀表板主題的核定")),
        PackTable("dashboard_classes.csv", 85, services.load_classes),
        PackTable("dashboard_topics.csv", 86, services.load_topics),
        DemoStep(90, commands.prepare_demo),
        Door("data.dashboard.api", _("市政儀表板 API"), limits=((600, 3600),)),
        *(ActionTitle(f"data.dashboard.{name}", title) for name, title in ACTION_TITLES.items()),
    ),
    urls="yankao.departments.data.dashboard.pages",
    api="yankao.departments.data.dashboard.api",
    api_prefix="/dashboard",
    nav=(
        NavItem(_("決策儀表板"), "data_dashboard:decide", P.DECIDE, order=30, icon="view"),
        NavItem(_("市政儀表板"), "data_dashboard:board", P.READ, order=31, icon="kernel_figures"),
    ),
)
