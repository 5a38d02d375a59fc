"""SV1 派工通報: what the system declares."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from yankao.base.demo_year import YearPart
from yankao.base.packs import PackTable
from yankao.base.registry import DemoStep, ImportFormat, NavItem, Permission, System
from yankao.base.ui_offers import StartPage
from yankao.departments.service.dispatch import commands, events, figures, queries, services
from yankao.departments.service.dispatch.facts import CASES
from yankao.departments.service.dispatch.pages import listing, own
from yankao.departments.service.dispatch.services import common
from yankao.departments.service.dispatch.services.personal import ReportersHeld
from yankao.departments.service.dispatch.workflow import KIND, WORKFLOW
from yankao.departments.service.dispatch.workflow import Permission as P
from yankao.kernel.casework.callers import CallerHistory
from yankao.kernel.casework.carrying import TakeIn
from yankao.kernel.casework.nearby import OpenNearby
from yankao.kernel.doors.declarations import ApiScope, Door
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.obligations.bulk import BulkMove
from yankao.kernel.obligations.kinds import ObligationKind
from yankao.kernel.trail.actions import ActionTitle

ACTION_TITLES = {
    "service.dispatch.received": _("派工受理"),
    "service.dispatch.imported": _("派工匯入"),
    "service.dispatch.accept": _("派工簽收"),
    "service.dispatch.assign": _("派工指派承辦人"),
    "service.dispatch.report_done": _("派工回報完成"),
    "service.dispatch.verify": _("派工查驗通過"),
    "service.dispatch.return": _("派工退回"),
    "service.dispatch.close": _("派工結案"),
    "service.dispatch.reassign": _("派工改分"),
    "service.dispatch.split": _("派工分辦"),
    "service.dispatch.ask_extension": _("派工申請展期"),
    "service.dispatch.grant_extension": _("派工核准展期"),
    "service.dispatch.refuse_extension": _("派工不同意展期"),
    "service.dispatch.pause": _("派工暫停計時"),
    "service.dispatch.resume": _("派工恢復計時"),
    "service.dispatch.mark_urgent": _("派工標示急件"),
    "service.dispatch.unmark_urgent": _("派工取消急件"),
    "service.dispatch.join": _("派工併案"),
    "service.dispatch.separate": _("派工解除併案"),
    "service.dispatch.cancel": _("派工註銷"),
    "service.dispatch.reopen": _("派工重啟"),
    "service.dispatch.undo": _("派工復原上一步"),
    "service.dispatch.reporter_seen": _("查看派工通報人資料"),
    "service.dispatch.caller_seen": _("通話中查看來電者的案件"),
    "service.dispatch.exported": _("匯出派工案件"),
    "service.dispatch.routes_loaded": _("派工分派表更新"),
}

# The limits of an address are for programs: a whole carrier's phones may share one (ADR 0012).
DOORS = (
    Door(
        "service.dispatch.report_form",
        _("線上通報"),
        limits=((300, 3600), (2000, 86_400)),
        puzzle_after=10,
    ),
    Door("service.dispatch.report_photos", _("線上通報的照片"), limits=((600, 3600),)),
    Door("service.dispatch.report_api", _("通報 API"), limits=((60, 3600), (300, 86_400))),
    Door("service.dispatch.nearby", _("查附近的通報"), ((120, 60), (5_000, 86_400))),
    Door("service.dispatch.look_up", _("查進度：同一位址輸入錯誤"), limits=((10, 3600),)),
    Door("service.dispatch.look_up_number", _("查進度：同一案號輸入錯誤"), limits=((30, 3600),)),
    Door("service.dispatch.map", _("看案件地圖"), ((240, 60), (10_000, 86_400))),
    Door("service.dispatch.open_data", _("讀取開放的案件資料"), ((120, 60), (5_000, 86_400))),
    Door("service.dispatch.open_bulk", _("下載全部開放的案件資料"), ((6, 3_600), (24, 86_400))),
    ApiScope("service.dispatch.report", _("送出通報")),
    ApiScope("service.dispatch.open311.post", _("以 Open311 通報")),
)


def dimensions() -> tuple[DimensionLabels, ...]:
    """What the codes of items, groups and channels are called."""
    return (
        DimensionLabels(
            dimension="item", labels=queries.item_names, fact=CASES.name, is_of_pack=True
        ),
        DimensionLabels(
            dimension="item_group", labels=queries.group_names, fact=CASES.name, is_of_pack=True
        ),
        DimensionLabels(dimension="channel", labels=listing.channel_names, fact=CASES.name),
    )


SYSTEM = System(
    name="service.dispatch",
    title=_("派工通報"),
    department="service",
    permissions=(
        Permission(
            P.READ,
            _("看派工案件"),
            roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR", "AGENT"),
        ),
        Permission(P.HANDLE, _("簽收與回報完成"), roles=("OFFICER", "SUPERVISOR")),
        Permission(P.ASSIGN, _("指派承辦人"), roles=("SUPERVISOR", "HEAD")),
        Permission(P.VERIFY, _("查驗與退回"), roles=("SUPERVISOR", "HEAD", "COMMISSION")),
        Permission(P.TAKE_IN, _("代民眾登錄通報"), roles=("AGENT", "COMMISSION")),
        Permission(
            P.REASSIGN, _("改分與分辦"), roles=("SUPERVISOR", "HEAD", "COMMISSION", "AGENT")
        ),
        Permission(P.EXTEND, _("決定展期"), roles=("SUPERVISOR", "HEAD")),
        Permission(P.PAUSE, _("暫停計時"), roles=("SUPERVISOR", "HEAD")),
        Permission(P.URGENT, _("標示急件"), roles=("SUPERVISOR", "HEAD", "COMMISSION", "AGENT")),
        Permission(P.JOIN, _("併案"), roles=("OFFICER", "SUPERVISOR", "COMMISSION", "AGENT")),
        Permission(P.CANCEL, _("註銷"), roles=("SUPERVISOR", "HEAD", "COMMISSION")),
        Permission(P.REOPEN, _("重啟"), roles=("SUPERVISOR", "HEAD", "COMMISSION", "AGENT")),
        Permission(P.REPORTER, _("看通報人資料"), roles=("OFFICER", "SUPERVISOR", "AGENT")),
        Permission(P.OVERVIEW, _("看全市派工總覽"), roles=("COMMISSION", "AUDITOR", "HEAD")),
    ),
    workflow=WORKFLOW,
    offers=(
        CASES,
        *figures.FIGURES,
        queries.CaseSubjects(),
        queries.CaseSearch(),
        queries.CaseTexts(),
        queries.CasesSurveyed(),
        queries.CasesUnfinished(),
        ReportersHeld(),
        queries.CaseLookup(),
        own.ReportersCases(),
        queries.ReportStarts(),
        StartPage(
            r"進度|查案|案號|(辦|處理|修)(到哪|得?怎[麼樣]|好了沒|完了沒)|how far|progress",
            _("查案件進度"),
            "service_dispatch:status",
        ),
        StartPage(
            r"案件地圖|附近.{0,4}(案件|通報)|\bmap\b", _("在地圖上看案件"), "service_dispatch:map"
        ),
        listing.STAFF_LIST,
        BulkMove(common.HANDLE, "accept", _("簽收"), P.HANDLE, services.accept_case, key="a"),
        BulkMove(
            common.HANDLE,
            "assign",
            _("指派承辦人"),
            P.ASSIGN,
            services.assign_case,
            key="i",
            needs_officer=True,
        ),
        PackTable("dispatch_groups.csv", 50, services.load_groups),
        PackTable("dispatch_items.csv", 51, services.load_items),
        PackTable("dispatch_routes.csv", 52, services.load_routes),
        ObligationKind(common.HANDLE, _("派工處理")),
        ObligationKind(common.CHECK, _("派工查驗")),
        ObligationKind(common.DECIDE, _("派工展期審核")),
        CallerHistory(
            queries.caller_of, services.record_caller_view, "service_dispatch/_caller_line.html"
        ),
        OpenNearby(queries.open_where, "service_dispatch/_caller_line.html"),
        TakeIn(KIND, _("派工"), "service_dispatch:take_in", P.TAKE_IN, icon="service_dispatch"),
        *DOORS,
        *dimensions(),
        *(
            ImportFormat("dispatch", source, partial(commands.import_file, source))
            for source in services.FORMATS
        ),
        *(ActionTitle(action, title) for action, title in ACTION_TITLES.items()),
        DemoStep(50, commands.prepare_demo),
        YearPart("dispatch", _("派工案件"), 50, services.generate_year, services.phoned_of_year),
    ),
    events=(
        events.RECEIVED,
        events.CLOSED,
        events.REASSIGNED,
        events.CANCELLED,
        events.REOPENED,
    ),
    urls="yankao.departments.service.dispatch.pages",
    api="yankao.departments.service.dispatch.api",
    api_prefix="/dispatch",
    standards=(
        "yankao.departments.service.dispatch.api.open311",
        "yankao.departments.service.dispatch.api.open1999",
    ),
    nav=(
        NavItem(_("登錄通報"), "service_dispatch:take_in", P.TAKE_IN, order=15, icon="phone"),
        NavItem(_("案件"), "service_dispatch:cases", P.READ, order=20),
        NavItem(_("地圖"), "service_dispatch:case_map", P.READ, order=25, icon="pin"),
        NavItem(_("風災併單"), "service_dispatch:storm", P.JOIN, order=27, icon="flood"),
        NavItem(_("派工總覽"), "service_dispatch:overview", P.OVERVIEW, order=30, icon="view"),
    ),
)
