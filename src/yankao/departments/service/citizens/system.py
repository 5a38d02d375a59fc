"""SV6 便民一路通: citizens' accounts and their cases; what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System
from yankao.departments.service.citizens import queries
from yankao.departments.service.citizens.pages.session import ReportersAccount
from yankao.departments.service.citizens.services.personal import AccountsHeld
from yankao.departments.service.citizens.workflow import KIND
from yankao.kernel.doors.declarations import Door
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
}

SYSTEM = System(
    name=KIND,
    title=_("我的案件"),
    department="service",
    offers=(
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
        Door("service.citizens.add_number", _("我的案件：同一案號輸入錯誤"), limits=((30, 3600),)),
        *(ActionTitle(f"{KIND}.{action}", title) for action, title in ACTION_TITLES.items()),
    ),
    jobs=("service.citizens.sweep",),
    urls="yankao.departments.service.citizens.pages",
)
