"""SV5 訊息: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import DemoStep, NavItem, Permission, System
from yankao.departments.service.messages import commands, figures, queries
from yankao.departments.service.messages.facts import LETTERS
from yankao.departments.service.messages.permissions import MANAGE, READ
from yankao.kernel.doors.declarations import Door
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.notices import queries as notices
from yankao.kernel.trail.actions import ActionTitle

ACTION_TITLES = {
    "service.messages.program_made": _("建立發訊程式"),
    "service.messages.program_closed": _("停用發訊程式"),
    "service.messages.key_issued": _("核發發訊金鑰"),
    "service.messages.key_ended": _("撤銷發訊金鑰"),
    "service.messages.team_changed": _("更改發訊程式的試送名單"),
    "service.messages.template_written": _("撰寫訊息範本"),
    "service.messages.template_archived": _("封存訊息範本"),
    "service.messages.exported": _("匯出訊息用量"),
}

SYSTEM = System(
    name="service.messages",
    title=_("訊息"),
    department="service",
    permissions=(
        Permission(
            READ,
            _("看機關的發訊程式與用量"),
            roles=("SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR", "ADMINISTRATOR"),
        ),
        Permission(MANAGE, _("管理機關的發訊程式"), roles=("SUPERVISOR", "HEAD", "ADMINISTRATOR")),
    ),
    offers=(
        LETTERS,
        *figures.FIGURES,
        DimensionLabels(dimension="channel", labels=notices.channel_names, fact=LETTERS.name),
        DimensionLabels(dimension="kind", labels=queries.kind_names, fact=LETTERS.name),
        DimensionLabels(dimension="failure", labels=notices.failure_names, fact=LETTERS.name),
        queries.ProgramSubjects(),
        Door("service.messages.wire", _("機關程式發訊"), limits=((3000, 60),)),
        Door("service.messages.wire_wrong", _("機關程式發訊：金鑰不對"), limits=((300, 3600),)),
        *(ActionTitle(action, title) for action, title in ACTION_TITLES.items()),
        DemoStep(70, commands.prepare_demo),
    ),
    jobs=("service.messages.forget_rehearsals",),
    urls="yankao.departments.service.messages.pages",
    standards=("yankao.departments.service.messages.api.notify",),
    nav=(NavItem(_("訊息"), "service_messages:programs", READ, order=70),),
)
