"""Requests under 個人資料保護法, and retention: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import NavItem, Permission, System
from yankao.base.ui_offers import StartPage
from yankao.departments.service.privacy import queries
from yankao.departments.service.privacy.workflow import DECIDE, WORKFLOW
from yankao.departments.service.privacy.workflow import Permission as P
from yankao.kernel.doors.declarations import Door
from yankao.kernel.obligations.kinds import ObligationKind
from yankao.kernel.trail.actions import ActionTitle

ACTION_TITLES = {
    "asked": _("提出個資請求，等確認"),
    "opened": _("收到個資請求"),
    "person_seen": _("為決定個資請求查看個人資料"),
    "extended": _("延長個資請求的決定期限"),
    "granted": _("同意個資請求"),
    "refused": _("不同意個資請求"),
    "copied": _("交付個人資料複製本"),
    "corrected": _("更正個人資料"),
    "stopped": _("停止使用聯絡方式"),
    "erased": _("刪除個人資料"),
    "retention_run": _("清除逾保存期限的個人資料"),
}

SYSTEM = System(
    name="service.privacy",
    title=_("個資請求"),
    department="service",
    permissions=(
        Permission(
            P.READ,
            _("看個資請求"),
            roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR"),
        ),
        Permission(P.TAKE_IN, _("在櫃台登錄個資請求"), roles=("AGENT",)),
        Permission(P.DECIDE, _("決定個資請求"), roles=("SUPERVISOR", "HEAD")),
        Permission(P.RETENTION, _("看個人資料的保存期限"), roles=("COMMISSION",)),
    ),
    workflow=WORKFLOW,
    offers=(
        queries.RequestSubjects(),
        StartPage(
            r"個資|個人資料|我的資料|personal data|privacy",
            _("申請查閱、更正或刪除個人資料"),
            "service_privacy:ask",
        ),
        ObligationKind(DECIDE, _("個資請求的決定")),
        Door(
            "service.privacy.ask",
            _("提出個資請求"),
            limits=((30, 3600), (100, 86_400)),
            puzzle_after=3,
        ),
        Door("service.privacy.code", _("個資請求：查詢碼錯誤"), limits=((10, 3600),)),
        Door("service.privacy.token", _("看個資請求"), limits=((300, 3600),)),
        *(
            ActionTitle(f"service.privacy.{action}", title)
            for action, title in ACTION_TITLES.items()
        ),
    ),
    jobs=("service.privacy.drop_unconfirmed", "service.privacy.forget"),
    urls="yankao.departments.service.privacy.pages",
    nav=(
        NavItem(_("個資請求"), "service_privacy:requests", P.READ, order=29),
        NavItem(_("登錄個資請求"), "service_privacy:take_in", P.TAKE_IN, order=18),
    ),
)
