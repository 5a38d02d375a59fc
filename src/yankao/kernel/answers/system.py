"""What the room of answers declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import Command, Permission, System
from yankao.kernel.answers import commands, services
from yankao.kernel.answers.permissions import GAPS
from yankao.kernel.people.rules import Role
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.answers",
    title=_("問答"),
    permissions=(
        Permission(
            GAPS,
            _("看民眾問不到答案的提問並處理"),
            roles=(Role.OFFICER, Role.SUPERVISOR, Role.HEAD, Role.COMMISSION),
        ),
    ),
    offers=(ActionTitle("kernel.answers.gap_settled", _("處理問不到答案的提問")),),
    commands=(Command("answers", "問答索引：重建、狀態、評估", commands.configure, commands.run),),
    jobs=(services.INDEX_JOB, "kernel.answers.keep_fresh", "kernel.answers.nightly"),
)
