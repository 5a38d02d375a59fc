"""How people call what the room knows by key."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yankao.kernel.people.rules import Role

ROLE_TITLES: dict[Role, Promise] = {
    Role.CITIZEN: _("民眾"),
    Role.OFFICER: _("承辦人"),
    Role.SUPERVISOR: _("科長"),
    Role.HEAD: _("機關首長"),
    Role.COMMISSION: _("研考會"),
    Role.AUDITOR: _("稽核"),
    Role.AGENT: _("1999 話務"),
    Role.ADMINISTRATOR: _("帳號管理人"),
}

ROLE_MEANINGS: dict[Role, Promise] = {
    Role.CITIZEN: _("通報、陳情並查看自己的案件"),
    Role.OFFICER: _("受理並處理所屬機關的案件"),
    Role.SUPERVISOR: _("分派、審核並查看所屬機關的案件與人員"),
    Role.HEAD: _("查看並督導所屬機關及下級機關"),
    Role.COMMISSION: _("查看並管考全市各機關的案件"),
    Role.AUDITOR: _("檢視全市各機關的紀錄與軌跡，不能更改"),
    Role.AGENT: _("為來電民眾立案並查詢各機關的進度"),
    Role.ADMINISTRATOR: _("管理帳號、角色與代理，看不到案件內容"),
}


def role_title(role: str) -> str:
    """What a role is called, in the reader's language."""
    return str(ROLE_TITLES[Role(role)])


FACTOR_TITLES: dict[str, Promise] = {
    "totp": _("驗證程式"),
    "webauthn": _("通行金鑰"),
}


def factor_title(kind: str) -> str:
    """What a second factor is called, in the reader's language."""
    return str(FACTOR_TITLES[kind])


ACTION_TITLES: dict[str, Promise] = {
    "kernel.people.view_saved": _("存成檢視"),
    "kernel.people.view_changed": _("更改檢視"),
    "kernel.people.view_deleted": _("刪除檢視"),
    "kernel.people.view_restored": _("復原檢視"),
    "kernel.people.person_created": _("建立帳號"),
    "kernel.people.person_changed": _("更改資料"),
    "kernel.people.person_deactivated": _("停用帳號"),
    "kernel.people.person_reactivated": _("恢復帳號"),
    "kernel.people.account_unlocked": _("解除鎖定"),
    "kernel.people.password_reset": _("重設密碼"),
    "kernel.people.password_changed": _("更換密碼"),
    "kernel.people.sessions_ended": _("登出所有裝置"),
    "kernel.people.session_ended": _("登出一個裝置"),
    "kernel.people.factor_added": _("設定第二道驗證"),
    "kernel.people.factor_removed": _("移除第二道驗證"),
    "kernel.people.factors_reset": _("清除第二道驗證"),
    "kernel.people.passkey_renamed": _("更改通行金鑰的名稱"),
    "kernel.people.recovery_codes_made": _("重新產生備用碼"),
    "kernel.people.recovery_code_used": _("使用備用碼登入"),
    "kernel.people.codes_wrong": _("驗證碼連續錯誤，帳號鎖定"),
    "kernel.people.role_assigned": _("指派角色"),
    "kernel.people.role_ended": _("結束角色"),
    "kernel.people.deputy_appointed": _("指定代理人"),
    "kernel.people.deputy_ended": _("結束代理"),
    "kernel.people.acting_started": _("開始代理作業"),
    "kernel.people.exported": _("匯出人員名單"),
    "kernel.people.table_loaded": _("載入機關與單位"),
}
