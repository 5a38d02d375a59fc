"""What the room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import Command, NavItem, Permission, System
from yankao.kernel.doors import commands, permissions, queries
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.doors",
    title=_("公開入口"),
    permissions=(Permission(permissions.MANAGE, _("管理 API 金鑰"), roles=("ADMINISTRATOR",)),),
    offers=(
        queries.KeySubjects(),
        ActionTitle("kernel.doors.key_issued", _("核發 API 金鑰")),
        ActionTitle("kernel.doors.key_replaced", _("換發 API 金鑰")),
        ActionTitle("kernel.doors.key_revoked", _("撤銷 API 金鑰")),
    ),
    jobs=("kernel.doors.sweep",),
    urls="yankao.kernel.doors.pages",
    commands=(Command("api-key", "核發、列出、撤銷 API 金鑰", commands.configure, commands.run),),
    nav=(NavItem(_("API 金鑰"), "kernel_doors:keys", permissions.MANAGE, order=85),),
)
