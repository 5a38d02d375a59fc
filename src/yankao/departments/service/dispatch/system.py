"""SV1 派工通報: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import Command, DemoStep, NavItem, Permission, System
from yankao.departments.service.dispatch import commands, events, figures, queries, services
from yankao.departments.service.dispatch.facts import CASES
from yankao.departments.service.dispatch.services import common
from yankao.departments.service.dispatch.workflow import WORKFLOW
from yankao.departments.service.dispatch.workflow import Permission as P
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.obligations.kinds import ObligationKind


def dimensions() -> tuple[DimensionLabels, ...]:
    """What the codes of items and groups are called."""
    return (
        DimensionLabels(dimension="item", labels=queries.item_names, fact=CASES.name),
        DimensionLabels(dimension="item_group", labels=queries.group_names, fact=CASES.name),
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
        Permission(P.REPORTER, _("看通報人資料"), roles=("OFFICER", "SUPERVISOR", "AGENT")),
        Permission(P.OVERVIEW, _("看全市派工總覽"), roles=("COMMISSION", "AUDITOR", "HEAD")),
    ),
    workflow=WORKFLOW,
    offers=(
        CASES,
        *figures.FIGURES,
        queries.CaseSubjects(),
        PackTable("dispatch_groups.csv", 50, services.load_groups),
        PackTable("dispatch_items.csv", 51, services.load_items),
        PackTable("dispatch_routes.csv", 52, services.load_routes),
        ObligationKind(common.HANDLE, _("派工處理")),
        ObligationKind(common.CHECK, _("派工查驗")),
        *dimensions(),
        DemoStep(50, commands.prepare_demo),
    ),
    events=(events.RECEIVED, events.CLOSED),
    urls="yankao.departments.service.dispatch.pages",
    api="yankao.departments.service.dispatch.api",
    api_prefix="/dispatch",
    commands=(
        Command("import", _("匯入真實紀錄"), commands.configure_import, commands.run_import),
    ),
    nav=(
        NavItem(_("案件"), "service_dispatch:cases", P.READ, order=20),
        NavItem(_("派工總覽"), "service_dispatch:overview", P.OVERVIEW, order=30),
    ),
)
