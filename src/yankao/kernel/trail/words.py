"""The outcome of a verification in words."""

from django.utils.translation import gettext as _

from yankao.kernel.trail.queries import Verification
from yankao.kernel.trail.rules import Fault, FaultKind


def verdict(found: Verification) -> str:
    """One or two sentences: whole or where not, and what waits for its seal."""
    if found.fault:
        return fault_words(found.fault)
    if not found.sealed and not found.unsealed:
        return _("還沒有任何紀錄。")
    if found.unsealed:
        return _(
            "完整：%(sealed)s 筆已封存的紀錄都和封存時一樣；另有 %(unsealed)s 筆等待封存。"
        ) % {
            "sealed": f"{found.sealed:,}",
            "unsealed": f"{found.unsealed:,}",
        }
    sentence = _("完整：%(sealed)s 筆紀錄都和封存時一樣，沒有等待封存的。")
    return sentence % {"sealed": f"{found.sealed:,}"}


def fault_words(fault: Fault) -> str:
    """Which row is the first that is not what it was."""
    templates = {
        FaultKind.CHANGED: _(
            "第 %(sequence)s 個封存（紀錄 %(entry)s）的內容和封存時不同，從這一筆起不能採信。"
        ),
        FaultKind.ENTRY_MISSING: _("第 %(sequence)s 個封存的紀錄 %(entry)s 不見了。"),
        FaultKind.SEAL_MISSING: _("第 %(sequence)s 個封存不見了（可能是紀錄 %(entry)s）。"),
        FaultKind.PERSONAL_CHANGED: _(
            "第 %(sequence)s 個封存（紀錄 %(entry)s）的個人資料和寫入時不同。"
        ),
        FaultKind.PERSONAL_MISSING: _(
            "第 %(sequence)s 個封存（紀錄 %(entry)s）的個人資料不見了，卻沒有刪除的紀錄。"
        ),
        FaultKind.CUT: _("第 %(sequence)s 個封存和先前驗證時留下的不同：軌跡曾被截短或重寫。"),
        FaultKind.LOST_UNSEALED: _("紀錄 %(entry)s 在封存前就不見了，或沒有排入封存。"),
    }
    return templates[fault.kind] % {
        "sequence": f"{fault.sequence:,}",
        "entry": _("不詳") if fault.entry_id is None else fault.entry_id,
    }
