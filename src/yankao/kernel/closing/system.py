"""What the room of monthly closing declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import Command, NavItem, Permission, System
from yankao.kernel.closing import commands, services, told
from yankao.kernel.closing.permissions import CLOSE, LOOK
from yankao.kernel.people.rules import Role
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.closing",
    title=_("月結"),
    permissions=(
        Permission(CLOSE, _("結帳、提出與核定更正"), (Role.COMMISSION,)),
        Permission(LOOK, _("看月結與封存檔"), (Role.COMMISSION, Role.AUDITOR)),
    ),
    offers=(
        told.Told(),
        ActionTitle("kernel.closing.closed", _("結帳")),
        ActionTitle("kernel.closing.proposed", _("提出結帳更正")),
        ActionTitle("kernel.closing.approved", _("核定結帳更正")),
        ActionTitle("kernel.closing.rejected", _("退回結帳更正")),
    ),
    jobs=(services.CLOSE_JOB, "kernel.closing.close_on_its_day", "kernel.closing.look_again"),
    urls="yankao.kernel.closing.pages",
    nav=(NavItem(_("月結"), "kernel_closing:months", LOOK, order=62),),
    commands=(
        Command(
            "close", "月結：封存一個月的事實與統計值", commands.configure_close, commands.run_close
        ),
        Command("verify", "核對封存檔與每個統計值", commands.configure_verify, commands.run_verify),
    ),
)
