"""A real browser against the real program; skipped with a clear line where Chromium is absent."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.cast import NOW
from yankao.base import packs
from yankao.base.actors import system_actor

# A busy machine is no fault of the page's; where nothing is wrong nobody waits.
expect.set_options(timeout=20_000)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def is_script_error(message: Any) -> bool:
    """Errors on the console, except the browser's remark that a form was refused (409, 422).

    Nor that a test took the network away.
    """
    remarks = ("status of 409", "status of 422", "ERR_INTERNET_DISCONNECTED")
    return message.type == "error" and not any(remark in message.text for remark in remarks)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def city(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    """The whole Kaohsiung pack and a home of the test's own."""
    settings.YANKAO_HOME = tmp_path
    packs.load_pack(Path(settings.YANKAO_CITY), actor=system_actor("city-pack"), at=NOW)


@pytest.fixture
def open_page(browser: Browser, live_server: Any, city: None) -> Iterator[Callable[..., Page]]:
    """``open_page("/report/", phone=True)``: a page that fails on any script error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_(address: str, *, phone: bool = False, cookie: Any = None, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport=PHONE if phone else DESK, locale="zh-TW",
            reduced_motion="reduce", **{"service_workers": "block", **options},
        )  # fmt: skip
        contexts.append(context)
        if cookie is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if is_script_error(m) else None)
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def no_violations() -> Callable[[Page], None]:
    """Fails with axe's own words when a page breaks an accessibility rule."""
    axe = Axe()

    def check(page: Page) -> None:
        page.wait_for_load_state()
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()

    return check
