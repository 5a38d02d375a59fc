"""SV6 便民一路通: citizens' accounts and their cases; what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import NavItem, Permission, System
from yankao.base.ui_offers import StartPage
from yankao.departments.service.citizens import figures, queries, services
from yankao.departments.service.citizens.facts import PUSHES
from yankao.departments.service.citizens.pages.session import ReportersAccount
from yankao.departments.service.citizens.services.personal import AccountsHeld
from yankao.departments.service.citizens.workflow import KIND, WORKFLOW
from yankao.departments.service.citizens.workflow import Permission as P
from yankao.kernel.doors.declarations import Door
from yankao.kernel.figures.declarations import DimensionLabels
from yankao.kernel.trail.actions import ActionTitle

ACTION_TITLES = {
    "joined": _("民眾以電子郵件驗證碼建立帳號"),
    "signed_in": _("民眾登入"),
    "signed_out": _("民眾登出"),
    "signed_out_everywhere": _("民眾登出所有裝置"),
    "case_added": _("民眾把案件加入我的案件"),
    "case_removed": _("民眾把案件移出我的案件"),
    "passkey_added": _("民眾加入通行金鑰"),
    "passkey_removed": _("民眾移除通行金鑰"),
    "copied": _("民眾下載自己帳號的資料"),
    "deleted": _("民眾刪除帳號"),
    "bulletin_written": _("撰寫推播"),
    "bulletin_send": _("核發推播"),
    "bulletin_send_urgent": _("立即發送災害通報"),
    "bulletin_return": _("退回推播"),
    "bulletin_stop": _("停止推播"),
}

SYSTEM = System(
    name=KIND,
    title=_("我的案件"),
    department="service",
    permissions=(
        Permission(
            P.READ, _("看推播"), roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION", "AUDITOR")
        ),
        Permission(P.WRITE, _("撰寫推播"), roles=("OFFICER", "SUPERVISOR", "HEAD", "COMMISSION")),
        Permission(P.SEND, _("核發與停止推播"), roles=("SUPERVISOR", "HEAD", "COMMISSION")),
    ),
    workflow=WORKFLOW,
    offers=(
        PUSHES,
        figures.PUSHED,
        DimensionLabels(dimension="category", labels=queries.category_names, fact=PUSHES.name),
        queries.BulletinSubjects(),
        queries.FrontBulletins(),
        services.PushesBeside(),
        StartPage(r"滿意度|問卷|survey", _("到我的案件填滿意度調查"), "service_citizens:cases"),
        StartPage(
            r"我的(案件|通報|陳情)|我(通報|陳情|報)過|my (cases|reports)",
            _("看我的案件"),
            "service_citizens:cases",
        ),
        StartPage(
            r"推播|訂閱|(收|傳|給).{0,4}通知|提醒我|通知我|notif|subscri",
            _("訂閱手機通知"),
            "service_citizens:notices",
        ),
        queries.AccountSubjects(),
        AccountsHeld(),
        ReportersAccount(),
        Door(
            "service.citizens.code",
            _("我的案件：寄驗證碼"),
            limits=((30, 3600), (100, 86_400)),
            puzzle_after=3,
        ),
        Door(
            "service.citizens.code_to",
            _("我的案件：寄到同一信箱"),
            limits=((5, 3600), (15, 86_400)),
        ),
        Door("service.citizens.try", _("我的案件：驗證碼錯誤"), limits=((30, 3600),)),
        Door("service.citizens.add", _("我的案件：查詢碼錯誤"), limits=((10, 3600),)),
        Door("service.citizens.subscribe", _("開啟推播"), limits=((60, 3600),)),
        Door("service.citizens.add_number", _("我的案件：同一案號輸入錯誤"), limits=((30, 3600),)),
        *(ActionTitle(f"{KIND}.{action}", title) for action, title in ACTION_TITLES.items()),
    ),
    jobs=("service.citizens.sweep", services.TELL, services.TELL_ONE, services.SPREAD),
    urls="yankao.departments.service.citizens.pages",
    nav=(NavItem(_("推播"), "service_citizens:bulletins", P.READ, order=28, icon="notice"),),
)
