"""What the room of facts and figures declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import Command, NavItem, Permission, System
from yankao.kernel.figures import commands, dimensions
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.figures.permissions import APPROVE, LIST_RECORDS
from yankao.kernel.people.rules import Role
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.figures",
    title=_("統計"),
    permissions=(
        Permission(
            LIST_RECORDS,
            _("看統計數字背後的明細"),
            (Role.OFFICER, Role.SUPERVISOR, Role.HEAD, Role.COMMISSION, Role.AUDITOR),
        ),
        Permission(APPROVE, _("核定統計的定義"), (Role.COMMISSION,)),
    ),
    offers=(
        ActionTitle("kernel.figures.approved", _("核定統計定義")),
        DimensionLabels(dimension="agency", labels=dimensions.agency_names, is_of_pack=True),
        DimensionLabels(dimension="district", labels=dimensions.district_names, is_of_pack=True),
    ),
    urls="yankao.kernel.figures.pages",
    api="yankao.kernel.figures.api:router",
    api_prefix="/figures",
    nav=(NavItem(_("統計"), "kernel_figures:list", LIST_RECORDS, order=60),),
    commands=(
        Command("figures", "由一個或多個城市的資料湖計算統計", commands.configure, commands.run),
    ),
)
