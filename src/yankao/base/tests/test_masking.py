"""What people write about themselves and others does not leave with the words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yankao.base.masking import MASK, masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打 0912-345-678 給我", f"打 {MASK} 給我"),
        ("電話０９１２３４５６７８", f"電話{MASK}"),
        ("(07) 335-9999 分機 12", f"{MASK} 分機 12"),
        ("寄 a.b+c@example.com.tw 謝謝", f"寄 {MASK} 謝謝"),
        ("身分證A123456789。", f"身分證{MASK}。"),
        ("我是王小明，等很久", f"我是{MASK}，等很久"),
        ("姓名：歐陽大仁", f"姓名：{MASK}"),
        ("陳大文科長態度很好", f"{MASK}科長態度很好"),
        ("林小姐說會來", f"{MASK}小姐說會來"),
        ("我是住在附近的人，等了 3 天", "我是住在附近的人，等了 3 天"),
        ("114/07/31 修好了，花了 1200 元", "114/07/31 修好了，花了 1200 元"),
        ("馬路還是不平", "馬路還是不平"),
        ("", ""),
    ],
)
def test_masking(text, expected):
    assert masked(text) == expected


def test_the_citys_own_words():
    assert masked("阿寶檳榔攤前", ["阿寶", "阿寶檳榔攤", ""]) == f"{MASK}前"


@given(st.text(), st.from_regex(r"09[0-9]{8}", fullmatch=True))
def test_a_telephone_never_leaves(text, phone):
    assert phone not in masked(f"{text} {phone} {text}")
