"""The 1999 agent's routine pothole: keyboard only, fewer keys than half a minute holds."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import staff  # noqa: F401
from yankao.departments.service.dispatch.models import Case

pytestmark = pytest.mark.django_db(transaction=True)
TYPED = ("0912345678", "示範王", "路面坑洞", "三民區建國三路 100 號前", "約 30 公分")
KEYS_IN_HALF_A_MINUTE = 90
"""At three keys a second, a slow typist's pace."""


class Hands:
    """Types and counts; never touches the mouse."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, 0

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1


def test_a_routine_pothole_without_the_mouse(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    staff: Callable[[str], str],  # noqa: F811 – the fixture
) -> None:
    page = open_page("/dispatch/take-in/", cookie=staff("AGENT"))
    hands = Hands(page)
    first, *more = TYPED
    expect(page.locator("#id_phone")).to_be_focused()
    hands.type(first)
    for text in more:
        hands.press("Enter")
        hands.type(text)
    no_violations(page)
    hands.press("Control+Enter")
    expect(page.get_by_role("status", name="已受理")).to_contain_text("會在")
    no_violations(page)
    case = Case.objects.get()
    assert (case.item_id, case.reporter.phone, case.channel) == ("pothole-1", first, "phone")
    assert hands.keys < KEYS_IN_HALF_A_MINUTE

    expect(page.locator("#id_phone")).to_be_focused()
    hands.type(first)
    hands.press("Enter")
    expect(page.locator("#caller")).to_contain_text(case.number)
    hands.press("Enter")
    hands.press("Control+Enter")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    expect(page.locator("#id_phone")).to_have_value(first)
    assert Case.objects.count() == 1
