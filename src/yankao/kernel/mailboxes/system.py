"""What the room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.health import VitalSign
from yankao.base.registry import Command, NavItem, Permission, System
from yankao.kernel.mailboxes import commands, permissions, queries
from yankao.kernel.mailboxes.mail_out import WaysBack
from yankao.kernel.mailboxes.returns import Returns
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.mailboxes",
    title=_("來信"),
    permissions=(
        Permission(
            permissions.STATE,
            _("看信箱狀態"),
            roles=("ADMINISTRATOR", "COMMISSION", "AGENT"),
        ),
        Permission(permissions.DECIDE, _("讀待處理的來信並決定"), roles=("COMMISSION", "AGENT")),
    ),
    offers=(
        queries.MailSubjects(),
        WaysBack(),
        Returns(),
        ActionTitle("kernel.mailboxes.read", _("讀待處理的來信")),
        ActionTitle("kernel.mailboxes.take_in", _("決定收下來信")),
        ActionTitle("kernel.mailboxes.throw_away", _("決定丟棄來信")),
        VitalSign(
            "mailbox_silent_minutes",
            _("信箱多少分鐘沒有收信"),
            queries.silent_minutes,
            limit=queries.SILENT_MINUTES,
        ),
        VitalSign("mail_set_aside", _("待處理的來信"), queries.aside_count, limit=20),
    ),
    jobs=("kernel.mailboxes.poll", "kernel.mailboxes.forget_old"),
    urls="yankao.kernel.mailboxes.pages",
    commands=(Command("mail", "收信、看信箱狀態", commands.configure, commands.run),),
    nav=(NavItem(_("來信"), "kernel_mailboxes:mails", permissions.STATE, order=17),),
)
