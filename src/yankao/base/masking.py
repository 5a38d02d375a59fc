"""Free text without what tells who wrote it or whom it is about, as far as words show it. Pure.

Over-masking is the safe side: 「方便請主任」 loses a few words too. A name that stands alone in a
sentence, without a form of address or an introduction, is not recognised.
"""

import re
from collections.abc import Sequence

MASK = "○○"
_SURNAMES = (
    "歐陽|司馬|上官|諸葛|張簡|范姜|"
    "[陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾彭游詹胡施沈余盧梁趙顏柯翁魏孫戴"
    "范方宋鄧杜傅侯曹薛丁卓阮馬董唐溫藍石蔣古紀姚連馮歐程湯田康姜汪白鄒尤巫鐘涂龔嚴韓黎阿金袁夏童陸"
    "邵柳錢伍倪溫于譚駱熊任甘秦顧毛章史官萬俞雷粘]"
)
_ADDRESSED = (
    "先生|小姐|女士|太太|媽媽|爸爸|阿姨|伯伯|老師|醫師|議員|里長|鄰長|局長|處長|主任|主秘|科長|股長|課長|"
    "隊長|站長|組長|專員|技正|技士|技佐|科員|辦事員|經理|店長|警員|員警"
)
_INTRODUCED = "我是|我叫|我的名字是|本人|姓名|名字|聯絡人|陳情人|檢舉人|通報人|承辦人|承辦人員"
_PATTERNS = (
    re.compile(r"[\w.%+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII),
    re.compile(r"(?<![A-Za-z0-9])[A-Za-z](?:[A-Da-d]\d{8}|[1289]\d{8})(?!\d)"),
    re.compile(r"[+＋]?[(（]?\d[\d\s()（）#~－-]{5,}\d"),
)
_NAMES = re.compile(rf"(?:{_SURNAMES})[一-鿿]{{0,2}}?(?=(?:{_ADDRESSED}))")
_SELF = re.compile(rf"((?:{_INTRODUCED})\s*[:：]?\s*)(?:{_SURNAMES})[一-鿿]{{1,2}}")


def masked(text: str, words: Sequence[str] = ()) -> str:
    """The text with addresses, telephones, identity numbers, names and the ``words`` masked."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    text = _SELF.sub(rf"\1{MASK}", text)
    text = _NAMES.sub(MASK, text)
    for word in sorted(filter(None, words), key=len, reverse=True):
        text = text.replace(word, MASK)
    return text
