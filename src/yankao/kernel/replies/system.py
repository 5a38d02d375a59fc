"""What the room of replies declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.health import VitalSign
from yankao.base.packs import PackTable
from yankao.base.registry import NavItem, Permission, System
from yankao.kernel.notices.events import GIVEN_UP
from yankao.kernel.obligations.bulk import BulkMove
from yankao.kernel.obligations.kinds import ObligationKind
from yankao.kernel.people.rules import Role
from yankao.kernel.replies import events, permissions, queries, services
from yankao.kernel.replies.services.common import APPROVAL, POSTING
from yankao.kernel.replies.words import MOVES
from yankao.kernel.trail.actions import ActionTitle

_READERS = (Role.OFFICER, Role.SUPERVISOR, Role.HEAD, Role.COMMISSION, Role.AUDITOR)
_APPROVERS = (Role.SUPERVISOR, Role.HEAD, Role.COMMISSION)
_WRITERS = (Role.OFFICER, Role.SUPERVISOR)

SYSTEM = System(
    name="kernel.replies",
    title=_("回復"),
    permissions=(
        Permission(permissions.READ, _("看所屬機關的回復稿"), roles=_READERS),
        Permission(permissions.WRITE, _("擬回復稿"), roles=_WRITERS),
        Permission(permissions.APPROVE, _("核稿"), roles=_APPROVERS),
        Permission(permissions.SECTION, _("以科長身分核稿"), roles=(Role.SUPERVISOR, Role.HEAD)),
        Permission(permissions.HEAD, _("以首長身分核稿"), roles=(Role.HEAD,)),
        Permission(permissions.COMMISSION, _("以研考會身分核稿"), roles=(Role.COMMISSION,)),
        Permission(permissions.POST, _("列印與登記寄出紙本回復"), roles=_WRITERS),
        Permission(
            permissions.ARRANGE, _("管理機關的回復範本"), roles=(Role.SUPERVISOR, Role.HEAD)
        ),
    ),
    offers=(
        PackTable("reply_routes.csv", 44, services.load_routes),
        PackTable("replies/", 70, services.load_templates),
        queries.ReplySubjects(),
        ObligationKind(APPROVAL, _("核稿")),
        ObligationKind(POSTING, _("寄出紙本回復")),
        BulkMove(
            APPROVAL,
            "approve_reply",
            _("核可回復"),
            permissions.APPROVE,
            services.approve_waiting,
        ),
        VitalSign("replies_stuck", _("核定後未送出的回復"), queries.stuck_count, limit=0),
        *(ActionTitle(f"kernel.replies.{move}", title) for move, title in MOVES.items()),
        ActionTitle("kernel.replies.template_saved", _("儲存回復範本")),
        ActionTitle("kernel.replies.template_retired", _("停用回復範本")),
        ActionTitle("kernel.replies.phrase_saved", _("儲存常用語")),
        ActionTitle("kernel.replies.phrase_deleted", _("刪除常用語")),
        ActionTitle("kernel.replies.letter_taken_out", _("列印紙本回復")),
        ActionTitle("kernel.replies.forgotten", _("刪除回復的內文")),
        ActionTitle("kernel.replies.routes_loaded", _("核稿流程表更新")),
    ),
    events=(events.SENT, events.APPROVED, events.RETURNED),
    jobs=("kernel.replies.send", "kernel.replies.undelivered"),
    subscriptions={GIVEN_UP: "kernel.replies.undelivered"},
    urls="yankao.kernel.replies.pages",
    nav=(NavItem(_("回復"), "kernel_replies:home", permissions.READ, order=22),),
)
