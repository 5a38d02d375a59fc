"""What the room of obligations declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import Permission, System
from yankao.kernel.calendar.events import STOP_WORK_CHANGED
from yankao.kernel.obligations import services
from yankao.kernel.obligations.permissions import OVERSEE, READ
from yankao.kernel.people.rules import Role

_READERS = (Role.OFFICER, Role.SUPERVISOR, Role.HEAD, Role.COMMISSION, Role.AUDITOR)
_OVERSEERS = (Role.SUPERVISOR, Role.HEAD, Role.COMMISSION, Role.AUDITOR)

SYSTEM = System(
    name="kernel.obligations",
    title=_("我的工作"),
    permissions=(
        Permission(READ, _("看所屬機關的應辦事項"), roles=_READERS),
        Permission(OVERSEE, _("看所屬機關的逾期總表"), roles=_OVERSEERS),
    ),
    offers=(PackTable("escalation.csv", 42, services.load_escalation),),
    jobs=("kernel.obligations.remind", "kernel.obligations.recompute"),
    subscriptions={STOP_WORK_CHANGED: "kernel.obligations.recompute"},
)
