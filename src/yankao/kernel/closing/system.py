"""What the room of monthly closing declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.actors import Actor
from yankao.base.registry import Command, NavItem, Permission, System
from yankao.kernel.closing import commands, owed, services, told
from yankao.kernel.closing.permissions import CLOSE, LOOK, UNFINISHED
from yankao.kernel.people.rules import Role
from yankao.kernel.trail.actions import ActionTitle


def _has_own(actor: Actor) -> bool:
    """Who looks at closings finds everything there."""
    return not actor.holds(LOOK)


SYSTEM = System(
    name="kernel.closing",
    title=_("月結"),
    permissions=(
        Permission(CLOSE, _("結帳、提出與核定更正"), (Role.COMMISSION,)),
        Permission(LOOK, _("看月結與封存檔"), (Role.COMMISSION, Role.AUDITOR)),
        Permission(
            UNFINISHED,
            _("看月結前自己機關還沒辦完的事項"),
            (Role.SUPERVISOR, Role.HEAD, Role.COMMISSION, Role.AUDITOR),
        ),
    ),
    offers=(
        told.Told(),
        owed.Owed(),
        ActionTitle("kernel.closing.closed", _("結帳")),
        ActionTitle("kernel.closing.proposed", _("提出結帳更正")),
        ActionTitle("kernel.closing.approved", _("核定結帳更正")),
        ActionTitle("kernel.closing.rejected", _("退回結帳更正")),
        ActionTitle("kernel.closing.withdrawn", _("撤回結帳更正")),
    ),
    jobs=(services.CLOSE_JOB, "kernel.closing.close_on_its_day", "kernel.closing.look_again"),
    urls="yankao.kernel.closing.pages",
    nav=(
        NavItem(_("月結"), "kernel_closing:months", LOOK, order=62, icon="steps"),
        NavItem(
            _("月結前檢查"),
            "kernel_closing:unfinished",
            UNFINISHED,
            order=29,
            icon="check",
            shown=_has_own,
        ),
    ),
    commands=(
        Command(
            "close", "月結：封存一個月的事實與統計值", commands.configure_close, commands.run_close
        ),
        Command("verify", "核對封存檔與每個統計值", commands.configure_verify, commands.run_verify),
    ),
)
