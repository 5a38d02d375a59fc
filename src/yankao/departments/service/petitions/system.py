"""SV2 人民陳情: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.demo_year import YearPart
from yankao.base.packs import PackTable
from yankao.base.registry import DemoStep, NavItem, Permission, System
from yankao.departments.service.petitions import commands, events, figures, queries, services
from yankao.departments.service.petitions.facts import PETITIONS
from yankao.departments.service.petitions.pages import listing, own
from yankao.departments.service.petitions.services import common
from yankao.departments.service.petitions.services.personal import PetitionersHeld
from yankao.departments.service.petitions.workflow import KIND, READ_SCOPE, SEND_SCOPE, WORKFLOW
from yankao.departments.service.petitions.workflow import Permission as P
from yankao.kernel.casework.callers import CallerHistory
from yankao.kernel.casework.carrying import TakeIn
from yankao.kernel.doors.declarations import ApiScope, Door
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.obligations.bulk import BulkMove
from yankao.kernel.obligations.kinds import ObligationKind
from yankao.kernel.replies import events as replies
from yankao.kernel.trail.actions import ActionTitle

ACTION_TITLES = {
    "received": _("陳情收件"),
    "accept": _("陳情簽收"),
    "assign": _("陳情指派承辦人"),
    "wait": _("陳情請民眾補充"),
    "resume": _("陳情恢復計時"),
    "answer": _("陳情答覆"),
    "record_answer": _("陳情登記口頭答覆"),
    "close": _("陳情結案"),
    "propose_decline": _("陳情簽報不予處理"),
    "approve_decline": _("陳情核定不予處理"),
    "refuse_decline": _("陳情不同意不予處理"),
    "reassign": _("陳情改分"),
    "split": _("陳情分辦"),
    "copy": _("陳情副知"),
    "ask_extension": _("陳情申請展期"),
    "grant_extension": _("陳情核准展期"),
    "refuse_extension": _("陳情不同意展期"),
    "link": _("陳情標為同一事由"),
    "unlink": _("陳情取消同一事由"),
    "conceal": _("陳情列為保密"),
    "reveal": _("陳情解除保密"),
    "withdraw": _("陳情撤回"),
    "reopen": _("陳情重啟"),
    "undo": _("陳情復原上一步"),
    "supplement": _("陳情收到來信補充"),
    "petitioner_seen": _("查看陳情人資料"),
    "caller_seen": _("通話中查看來電者的陳情"),
    "exported": _("匯出陳情案件"),
    "routes_loaded": _("陳情分案表更新"),
    "section_terms_loaded": _("陳情課室天數表更新"),
}

DOORS = (
    Door(
        "service.petitions.form",
        _("線上陳情"),
        limits=((100, 3600), (500, 86_400)),
        puzzle_after=5,
    ),
    Door("service.petitions.files", _("線上陳情的附件"), limits=((300, 3600),)),
    Door("service.petitions.api", _("陳情 API"), limits=((600, 3600),)),
    Door(
        "service.petitions.supplement",
        _("線上補充陳情"),
        limits=((30, 3600), (100, 86_400)),
        puzzle_after=5,
    ),
    Door("service.petitions.confirm", _("市長信箱確認信件"), limits=((60, 3600),)),
)

SCOPES = (
    ApiScope(SEND_SCOPE, _("送出陳情與附件")),
    ApiScope(READ_SCOPE, _("讀取所屬機關的陳情（不含陳情人）")),
)

SYSTEM = System(
    name="service.petitions",
    title=_("人民陳情"),
    department="service",
    permissions=(
        Permission(
            P.READ,
            _("看陳情案件"),
            roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR", "AGENT"),
        ),
        Permission(P.TAKE_IN, _("代民眾登錄陳情"), roles=("AGENT", "COMMISSION")),
        Permission(P.HANDLE, _("簽收與答覆陳情"), roles=("OFFICER", "SUPERVISOR")),
        Permission(P.ASSIGN, _("指派陳情承辦人"), roles=("SUPERVISOR", "HEAD")),
        Permission(P.APPROVE, _("核定陳情"), roles=("SUPERVISOR", "HEAD")),
        Permission(
            P.REASSIGN, _("陳情改分與分辦"), roles=("SUPERVISOR", "HEAD", "COMMISSION", "AGENT")
        ),
        Permission(P.EXTEND, _("決定陳情展期"), roles=("SUPERVISOR", "HEAD")),
        Permission(
            P.LINK, _("標示同一事由"), roles=("OFFICER", "SUPERVISOR", "COMMISSION", "AGENT")
        ),
        Permission(P.CONCEAL, _("決定陳情保密"), roles=("SUPERVISOR", "HEAD", "COMMISSION")),
        Permission(P.WITHDRAW, _("登記陳情撤回"), roles=("OFFICER", "SUPERVISOR", "AGENT")),
        Permission(P.REOPEN, _("重啟陳情"), roles=("SUPERVISOR", "HEAD", "COMMISSION", "AGENT")),
        Permission(P.PETITIONER, _("看陳情人資料"), roles=("OFFICER", "SUPERVISOR", "AGENT")),
        Permission(P.REPORT, _("看陳情月報"), roles=("COMMISSION", "AUDITOR", "HEAD")),
    ),
    workflow=WORKFLOW,
    offers=(
        PETITIONS,
        *figures.FIGURES,
        queries.PetitionSubjects(),
        queries.LetterSubjects(),
        queries.PetitionSearch(),
        queries.PetitionTexts(),
        queries.PetitionLookup(),
        own.PetitionersCases(),
        queries.PetitionStarts(),
        queries.PetitionReplies(),
        queries.PetitionsSurveyed(),
        PetitionersHeld(),
        listing.STAFF_LIST,
        BulkMove(common.HANDLE, "accept", _("簽收"), P.HANDLE, services.accept_petition, key="a"),
        BulkMove(
            common.HANDLE,
            "assign",
            _("指派承辦人"),
            P.ASSIGN,
            services.assign_petition,
            key="i",
            needs_officer=True,
        ),
        PackTable("petition_categories.csv", 53, services.load_categories),
        PackTable("petition_items.csv", 54, services.load_items),
        PackTable("petition_routes.csv", 55, services.load_routes),
        PackTable("petition_section_terms.csv", 56, services.load_section_terms),
        ObligationKind(common.HANDLE, _("陳情答覆")),
        ObligationKind(common.DECLINE, _("陳情不予處理的核定")),
        ObligationKind(common.DECIDE, _("陳情展期審核")),
        services.PetitionMail(),
        TakeIn(KIND, _("陳情"), "service_petitions:take_in", P.TAKE_IN, icon="service_petitions"),
        CallerHistory(
            queries.caller_of, services.record_caller_view, "service_petitions/_caller_line.html"
        ),
        *DOORS,
        *SCOPES,
        services.UPLOADS,
        DimensionLabels(
            dimension="item", labels=queries.item_names, fact=PETITIONS.name, is_of_pack=True
        ),
        DimensionLabels(
            dimension="category",
            labels=queries.category_names,
            fact=PETITIONS.name,
            is_of_pack=True,
        ),
        DimensionLabels(dimension="channel", labels=listing.channel_names, fact=PETITIONS.name),
        *(ActionTitle(f"service.petitions.{name}", title) for name, title in ACTION_TITLES.items()),
        DemoStep(60, commands.prepare_demo),
        YearPart("petitions", _("人民陳情"), 60, services.generate_year, services.phoned_of_year),
    ),
    events=(
        events.RECEIVED,
        events.ANSWERED,
        events.CLOSED,
        events.REASSIGNED,
        events.DECLINED,
        events.REOPENED,
    ),
    subscriptions={replies.SENT: "service.petitions.reply_sent"},
    jobs=("service.petitions.reply_sent", "service.petitions.erase_letters"),
    urls="yankao.departments.service.petitions.pages",
    api="yankao.departments.service.petitions.api",
    api_prefix="/petitions",
    nav=(
        NavItem(_("登錄陳情"), "service_petitions:take_in", P.TAKE_IN, order=16, icon="speak"),
        NavItem(_("人民陳情"), "service_petitions:petitions", P.READ, order=21),
        NavItem(_("陳情月報"), "service_petitions:monthly", P.REPORT, order=31, icon="note"),
    ),
)
