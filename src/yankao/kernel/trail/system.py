"""The trail declares: who may read it, its page, jobs and command."""

from django.utils.translation import gettext_lazy as _

from yankao.base import demo_year
from yankao.base.health import VitalSign
from yankao.base.registry import Command, NavItem, Permission, System
from yankao.kernel.trail import commands, queries
from yankao.kernel.trail.actions import ActionTitle
from yankao.kernel.trail.permissions import READ
from yankao.kernel.trail.rules import ERASED

SYSTEM = System(
    name="kernel.trail",
    title=_("稽核軌跡"),
    permissions=(Permission(READ, _("查閱稽核軌跡"), roles=("AUDITOR", "COMMISSION")),),
    offers=(
        ActionTitle("kernel.trail.exported", _("匯出稽核軌跡")),
        ActionTitle(ERASED, _("刪除個人資料")),
        ActionTitle(demo_year.ACTION, _("產生示範年度")),
        VitalSign(
            "trail_unsealed_seconds", _("軌跡等待封存幾秒"), queries.unsealed_seconds, limit=900
        ),
    ),
    jobs=("kernel.trail.seal", "kernel.trail.check", "kernel.trail.check_nightly"),
    urls="yankao.kernel.trail.pages",
    commands=(Command("trail", "稽核軌跡：驗證、立即封存", commands.configure, commands.run),),
    nav=(NavItem(_("稽核軌跡"), "kernel_trail:entries", READ, order=90),),
)
