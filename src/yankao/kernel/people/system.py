"""What the room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import Command, NavItem, Permission, System
from yankao.kernel.people import commands, events, permissions, services
from yankao.kernel.people.offers import PersonSubject
from yankao.kernel.people.words import ACTION_TITLES
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.people",
    title=_("人員"),
    permissions=(
        Permission(
            permissions.SEE,
            _("檢視人員"),
            roles=("ADMINISTRATOR", "AUDITOR", "HEAD", "SUPERVISOR"),
        ),
        Permission(permissions.MANAGE, _("管理帳號與角色"), roles=("ADMINISTRATOR",)),
        Permission(permissions.DEPUTIES, _("安排同仁的代理人"), roles=("ADMINISTRATOR", "HEAD")),
        Permission(permissions.SHARE_VIEWS, _("把檢視分享給機關"), roles=("SUPERVISOR", "HEAD")),
    ),
    offers=(
        PackTable("agencies.csv", 10, services.load_agencies),
        PackTable("units.csv", 11, services.load_units),
        PersonSubject(),
        *(ActionTitle(action, title) for action, title in ACTION_TITLES.items()),
    ),
    events=(events.TO_TELL,),
    jobs=("kernel.people.forget_old_traces",),
    urls="yankao.kernel.people.pages",
    commands=(
        Command(
            "createadmin",
            "建立帳號管理人（真正上線時的第一個帳號）",
            commands.configure_createadmin,
            commands.run_createadmin,
        ),
        Command(
            "demo-accounts",
            "建立並列出示範帳號（只限示範模式）",
            commands.configure_demo_accounts,
            commands.run_demo_accounts,
        ),
        Command(
            "reset-factors",
            "清除一個帳號的第二道驗證（最後一位帳號管理人遺失手機時）",
            commands.configure_reset_factors,
            commands.run_reset_factors,
        ),
    ),
    nav=(NavItem(_("人員"), "kernel_people:people", permissions.SEE, order=80),),
)
