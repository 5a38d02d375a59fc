"""What the calendar declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import NavItem, Permission, System
from yankao.base.ui_offers import StartPage
from yankao.kernel.calendar import events, services
from yankao.kernel.calendar.news import StopWorkNews
from yankao.kernel.calendar.permissions import DECLARE
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.calendar",
    title=_("工作日曆"),
    permissions=(Permission(DECLARE, _("登錄與撤銷停班"), roles=("COMMISSION",)),),
    offers=(
        PackTable("terms.csv", 40, services.load_terms),
        PackTable("day_exceptions.csv", 41, services.load_day_exceptions),
        StopWorkNews(),
        StartPage(
            r"停班|停課|颱風假|放假|補班|上班日|day off|holiday",
            _("看停班與放假日"),
            "kernel_calendar:month",
        ),
        ActionTitle("kernel.calendar.stop_work_declared", _("登錄停班")),
        ActionTitle("kernel.calendar.stop_work_revoked", _("撤銷停班")),
    ),
    events=(events.STOP_WORK_CHANGED,),
    urls="yankao.kernel.calendar.pages",
    api="yankao.kernel.calendar.api:router",
    api_prefix="/calendar",
    nav=(NavItem(_("工作日曆"), "kernel_calendar:month", DECLARE, order=80),),
)
