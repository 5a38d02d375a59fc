import pytest

from yankao.departments.portal.front.rules import Destination, destination_of, tidy


@pytest.mark.parametrize(
    "text", ["D1151100001", " d1151100001 ", "Ｄ１１５１１００００１", "D 115 1100001"]
)
def test_case_numbers_are_recognised_however_they_are_typed(text: str) -> None:
    assert destination_of(text) is Destination.CASE


@pytest.mark.parametrize(
    "text", ["坑洞", "D 級路面", "中正路 100 號", "1999", "D123", "路燈D1151100001"]
)
def test_other_words_lead_to_what_one_can_report(text: str) -> None:
    assert destination_of(text) is Destination.ITEM


def test_full_width_becomes_half_width() -> None:
    assert tidy("　Ｄ１２３　") == "D123"
