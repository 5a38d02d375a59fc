"""What the room of obligations declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import NavItem, Permission, System
from yankao.kernel.calendar.events import STOP_WORK_CHANGED
from yankao.kernel.obligations import counters, services
from yankao.kernel.obligations.pages.inbox import STAFF_LIST
from yankao.kernel.obligations.permissions import OVERSEE, READ
from yankao.kernel.obligations.words import CHANGE_WORDS
from yankao.kernel.people.rules import Role
from yankao.kernel.trail.actions import ActionTitle

_READERS = (Role.OFFICER, Role.SUPERVISOR, Role.HEAD, Role.COMMISSION, Role.AUDITOR)
_OVERSEERS = (Role.SUPERVISOR, Role.HEAD, Role.COMMISSION, Role.AUDITOR)

SYSTEM = System(
    name="kernel.obligations",
    title=_("我的工作"),
    permissions=(
        Permission(READ, _("看所屬機關的應辦事項"), roles=_READERS),
        Permission(OVERSEE, _("看所屬機關的逾期總表"), roles=_OVERSEERS),
    ),
    offers=(
        PackTable("escalation.csv", 42, services.load_escalation),
        STAFF_LIST,
        *(
            ActionTitle(f"kernel.obligations.{change}", title)
            for change, title in CHANGE_WORDS.items()
        ),
        ActionTitle("kernel.obligations.exported", _("匯出應辦事項")),
    ),
    jobs=("kernel.obligations.remind", "kernel.obligations.recompute"),
    urls="yankao.kernel.obligations.pages",
    api="yankao.kernel.obligations.api:router",
    api_prefix="/obligations",
    nav=(NavItem(_("我的工作"), "kernel_obligations:inbox", READ, order=10, badge=counters.badge),),
    subscriptions={STOP_WORK_CHANGED: "kernel.obligations.recompute"},
)
