"""What the room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.health import VitalSign
from yankao.base.packs import PackTable
from yankao.base.registry import NavItem, Permission, System
from yankao.kernel.notices import events, queries, services
from yankao.kernel.notices.channels import EmailPost, SmsOutbox
from yankao.kernel.notices.permissions import LOG, READ
from yankao.kernel.people.events import TO_TELL
from yankao.kernel.trail.actions import ActionTitle

STAFF = ("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR", "AGENT", "ADMINISTRATOR")

SYSTEM = System(
    name="kernel.notices",
    title=_("通知"),
    permissions=(
        Permission(READ, _("閱讀自己的通知"), roles=STAFF),
        Permission(LOG, _("查閱發送紀錄與重送"), roles=("ADMINISTRATOR", "COMMISSION")),
    ),
    offers=(
        PackTable("notices/", 30, services.load_templates),
        SmsOutbox(),
        EmailPost(),
        queries.NoticeSubjects(),
        ActionTitle("kernel.notices.retried", _("重送通知")),
        ActionTitle("kernel.notices.exported", _("匯出發送紀錄")),
        ActionTitle("kernel.notices.forgotten", _("刪除通知的地址與內文")),
        ActionTitle("kernel.notices.stopped", _("停止接收訊息")),
        ActionTitle("kernel.notices.resumed", _("恢復接收訊息")),
        VitalSign("providers_out", _("停用中的簡訊與郵件業者"), queries.providers_out, limit=0),
        VitalSign(
            "letters_perhaps_twice", _("一天內可能重複的通知"), queries.possible_doubles_count, 50
        ),
        VitalSign("letters_overdue", _("逾時未寄的通知"), queries.overdue_count, limit=0),
        VitalSign("letters_given_up", _("一天內寄不出的通知"), queries.given_up_count, limit=50),
    ),
    jobs=(
        "kernel.notices.deliver",
        "kernel.notices.sweep",
        "kernel.notices.fetch_receipts",
        "kernel.notices.forget_old",
        "kernel.notices.tell_person",
    ),
    events=(events.GIVEN_UP,),
    subscriptions={TO_TELL: "kernel.notices.tell_person"},
    urls="yankao.kernel.notices.pages",
    api="yankao.kernel.notices.api:router",
    api_prefix="/notices",
    nav=(
        NavItem(
            _("通知"),
            "kernel_notices:inbox",
            READ,
            order=12,
            badge=lambda actor, request: queries.unread_count(actor) or None,
        ),
    ),
)
