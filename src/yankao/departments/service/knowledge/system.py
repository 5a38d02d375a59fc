"""SV4 知識庫: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.demo_year import YearPart
from yankao.base.packs import PackTable
from yankao.base.registry import DemoStep, ImportFormat, NavItem, Permission, System
from yankao.departments.service.knowledge import commands, facts, figures, queries, services
from yankao.departments.service.knowledge.pages import listing
from yankao.departments.service.knowledge.workflow import APPROVAL, REVIEW, WORKFLOW
from yankao.departments.service.knowledge.workflow import Permission as P
from yankao.kernel.doors.declarations import Door
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.obligations.kinds import ObligationKind
from yankao.kernel.trail.actions import ActionTitle

ACTION_TITLES = {
    "write": _("撰寫知識庫問答"),
    "propose": _("知識庫問答送核"),
    "take_back": _("取回送核的知識庫問答"),
    "return": _("退回知識庫問答"),
    "discard": _("捨棄知識庫草稿"),
    "approve": _("核定發布知識庫問答"),
    "confirm": _("檢視知識庫問答"),
    "withdraw": _("下架知識庫問答"),
    "restore": _("重新上架知識庫問答"),
    "hand_over": _("移交知識庫問答"),
    "merge": _("合併知識庫問答"),
    "unmerge": _("取消合併知識庫問答"),
    "imported": _("匯入知識庫問答"),
    "exported": _("匯出知識庫問答"),
}

DOORS = (
    Door("service.knowledge.search", _("搜尋常見問答"), limits=((600, 3600),)),
    Door("service.knowledge.help", _("回答有沒有幫助"), limits=((60, 3600),), puzzle_after=10),
    Door(
        "service.knowledge.missing", _("留下沒有答案的問題"), limits=((20, 3600),), puzzle_after=2
    ),
    Door("service.knowledge.api", _("知識庫 API"), limits=((600, 3600),)),
    Door("service.knowledge.view", _("計算問答的瀏覽"), limits=((100_000, 86_400),)),
    Door("service.knowledge.help_once", _("計算有沒有幫助"), limits=((100_000, 86_400),)),
)

SYSTEM = System(
    name="service.knowledge",
    title=_("知識庫"),
    department="service",
    permissions=(
        Permission(
            P.READ,
            _("看知識庫"),
            roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR", "AGENT"),
        ),
        Permission(
            P.INSIDE,
            _("看知識庫的草稿、經過與沒有發布的問答"),
            roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR"),
        ),
        Permission(P.WRITE, _("撰寫知識庫問答"), roles=("OFFICER", "SUPERVISOR", "COMMISSION")),
        Permission(P.APPROVE, _("核定知識庫問答"), roles=("SUPERVISOR", "HEAD", "COMMISSION")),
    ),
    workflow=WORKFLOW,
    offers=(
        facts.ENTRIES,
        facts.REVIEWS,
        facts.DAYS,
        facts.JUDGEMENTS,
        *figures.FIGURES,
        queries.EntrySubjects(),
        queries.EntrySearch(),
        queries.KnowledgeAnswers(),
        queries.KnowledgeFront(),
        listing.STAFF_LIST,
        PackTable("knowledge_categories.csv", 56, services.load_categories),
        ObligationKind(REVIEW, _("知識庫定期檢視")),
        ObligationKind(APPROVAL, _("知識庫核定")),
        *DOORS,
        *(
            DimensionLabels(dimension="category", labels=queries.category_names, fact=fact.name)
            for fact in (facts.ENTRIES, facts.DAYS, facts.JUDGEMENTS)
        ),
        *(ActionTitle(f"service.knowledge.{name}", title) for name, title in ACTION_TITLES.items()),
        ImportFormat("knowledge", "kaohsiung-faq", commands.import_file),
        DemoStep(65, commands.prepare_demo),
        YearPart("knowledge", _("知識庫問答"), 40, commands.prepare_year),
    ),
    jobs=(services.COMPARE, "service.knowledge.nightly"),
    urls="yankao.departments.service.knowledge.pages",
    api="yankao.departments.service.knowledge.api",
    api_prefix="/knowledge",
    nav=(NavItem(_("知識庫"), "service_knowledge:entries", P.READ, order=25, icon="question"),),
)
