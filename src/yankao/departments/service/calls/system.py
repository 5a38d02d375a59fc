"""SV3 1999 話務中心: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.demo_year import YearPart
from yankao.base.packs import PackTable
from yankao.base.registry import Command, DemoStep, ImportFormat, NavItem, Permission, System
from yankao.departments.service.calls import commands, figures, queries, services
from yankao.departments.service.calls.facts import CALLS
from yankao.departments.service.calls.workflow import Permission as P
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.trail.actions import ActionTitle

ACTION_TITLES = {
    "service.calls.taken": _("接聽通話"),
    "service.calls.classified": _("通話分類"),
    "service.calls.tied": _("通話錄案"),
    "service.calls.caller_seen": _("查看通話的來電者"),
    "service.calls.exported": _("匯出通話紀錄"),
    "service.calls.listened": _("記下旁聽紀錄"),
    "service.calls.sample_drawn": _("抽樣話務品質"),
    "service.calls.scored": _("話務評分"),
    "service.calls.objected": _("對話務評分提出異議"),
    "service.calls.ruled": _("回覆話務評分的異議"),
    "service.calls.reconciled": _("核對交換機的通話檔"),
    "service.calls.difference_settled": _("處理通話紀錄的差異"),
    "service.calls.duty_planned": _("排定話務班"),
    "service.calls.duty_dropped": _("取消話務班"),
    "service.calls.swap_moved": _("處理話務換班"),
    "service.calls.attributes_seen": _("查看話務人員自陳的身分"),
    "service.calls.attribute_set": _("登記話務人員自陳的身分"),
    "service.calls.seat_set": _("登記話務席位"),
}

SYSTEM = System(
    name="service.calls",
    title=_("1999 話務"),
    department="service",
    permissions=(
        Permission(P.DESK, _("接 1999 電話"), roles=("AGENT",)),
        Permission(P.READ, _("看通話紀錄"), roles=("AGENT", "COMMISSION")),
        Permission(P.SUPERVISE, _("督導 1999 話務"), roles=("COMMISSION",)),
        Permission(P.ATTRIBUTES, _("看話務人員自陳的身分"), roles=("HEAD",)),
    ),
    offers=(
        queries.CallSubjects(),
        queries.CallSearch(),
        queries.CallsUnfinished(),
        CALLS,
        *figures.FIGURES,
        DimensionLabels(dimension="queue", labels=queries.queue_names, fact=CALLS.name),
        DimensionLabels(dimension="kind", labels=queries.kind_names, fact=CALLS.name),
        services.CallOrigin(),
        services.CallersHeld(),
        services.CallEchoes(),
        PackTable("call_scripts/", 80, services.load_scripts),
        DemoStep(65, commands.prepare_demo),
        YearPart("calls", _("1999 通話"), 70, services.generate_year),
        PackTable("call_shifts.csv", 82, services.load_shifts),
        PackTable("call_quality/", 81, services.load_score_sheets),
        ImportFormat("calls", "cdr-csv", commands.import_cdr),
        *(ActionTitle(action, title) for action, title in ACTION_TITLES.items()),
    ),
    jobs=("service.calls.simulate",),
    commands=(
        Command(
            "simulate-exchange",
            "模擬的交換機：把產生的一天用 webhook 傳進來",
            commands.configure,
            commands.simulate,
        ),
    ),
    urls="yankao.departments.service.calls.pages",
    api="yankao.departments.service.calls.api",
    api_prefix="/calls",
    nav=(
        NavItem(_("接電話"), "service_calls:desk", P.DESK, order=13, icon="phone"),
        NavItem(_("通話紀錄"), "service_calls:calls", P.READ, order=26, icon="service_calls"),
        NavItem(_("話務現況"), "service_calls:board", P.SUPERVISE, order=31, icon="view"),
        NavItem(_("話務班表"), "service_calls:rota", P.READ, order=33, icon="clock"),
        NavItem(_("話務品質"), "service_calls:quality", P.READ, order=32, icon="check"),
        NavItem(_("通話差異"), "service_calls:differences", P.SUPERVISE, order=73, icon="steps"),
        NavItem(_("話務席位"), "service_calls:seats", P.SUPERVISE, order=72, icon="person"),
        NavItem(
            _("話務自陳身分"),
            "service_calls:attributes",
            P.ATTRIBUTES,
            order=74,
            icon="person",
            shown=queries.may_see_attributes,
        ),
    ),
)
