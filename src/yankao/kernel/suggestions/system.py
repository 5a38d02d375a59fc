"""What the suggestions room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import Command, DemoStep, NavItem, Permission, System
from yankao.kernel.people.rules import Role
from yankao.kernel.suggestions import commands
from yankao.kernel.suggestions.permissions import ASK, REPORT

SYSTEM = System(
    name="kernel.suggestions",
    title=_("機關建議"),
    permissions=(
        Permission(
            ASK,
            _("依內容建議機關"),
            roles=(Role.AGENT, Role.COMMISSION, Role.SUPERVISOR, Role.HEAD),
        ),
        Permission(REPORT, _("看機關建議的成效"), roles=(Role.COMMISSION, Role.AUDITOR)),
    ),
    offers=(DemoStep(95, commands.prepare_demo),),
    jobs=("kernel.suggestions.train", "kernel.suggestions.train_nightly"),
    urls="yankao.kernel.suggestions.pages",
    api="yankao.kernel.suggestions.api:router",
    api_prefix="/suggestions",
    commands=(Command("suggestions", "機關建議：訓練、狀態", commands.configure, commands.run),),
    nav=(NavItem(_("建議成效"), "kernel_suggestions:report", REPORT, order=33),),
)
