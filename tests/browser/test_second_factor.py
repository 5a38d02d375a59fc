"""Second factors with a real browser and an authenticator of its own (CDP WebAuthn)."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Page, expect

from tests.factories import make_person
from yankao.base import clock
from yankao.kernel.people import queries, services
from yankao.kernel.people.models import Agency, Person

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "k7mp-x2qd-9hfa-w3tn"


@pytest.fixture
def officer(city: None, settings: pytest.FixtureRequest) -> Person:
    settings.YANKAO_SECOND_FACTOR = "required"  # type: ignore[attr-defined]
    roads = Agency.objects.get(name__endswith="養護工程處")
    return make_person("wang", name="王承辦", role="OFFICER", agency=roads, password=PASSWORD)


def give_authenticator(page: Page) -> None:
    """A phone with a fingerprint reader, always touched at once."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def give_password(page: Page) -> None:
    page.get_by_label("帳號").fill("wang")
    page.get_by_label("密碼", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登入", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="登出").click()
    page.goto("/accounts/login/")


def test_a_passkey_from_the_first_sign_in_to_the_last(
    officer: Person,
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
) -> None:
    page = open_page("/accounts/login/?next=/me/")
    give_authenticator(page)
    no_violations(page)
    give_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("請先設定第二道驗證")
    no_violations(page)
    page.get_by_role("link", name="加入通行金鑰").click()
    expect(page.get_by_label("名稱")).to_be_visible()
    no_violations(page)
    page.get_by_label("名稱").fill("公務手機")
    page.get_by_role("button", name="建立通行金鑰").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("備用碼")
    no_violations(page)
    page.get_by_role("link", name="已收好，開始使用").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")

    sign_out(page)
    page.get_by_role("button", name="使用通行金鑰登入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    page.goto("/me/")
    expect(page.get_by_text("公務手機")).to_be_visible()
    no_violations(page)

    sign_out(page)
    give_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("確認是您本人")
    no_violations(page)
    page.get_by_role("button", name="使用通行金鑰").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_somebody_elses_passkey_opens_nothing(
    officer: Person, open_page: Callable[..., Page]
) -> None:
    """The device knows a passkey, the city has removed it: refused in words, nobody signed in."""
    page = open_page("/accounts/login/")
    give_authenticator(page)
    give_password(page)
    page.get_by_role("link", name="加入通行金鑰").click()
    page.get_by_role("button", name="建立通行金鑰").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("備用碼")
    at = clock.now()
    services.add_app(secret="A" * 32, actor=queries.actor_for(officer, at), at=at)
    key = next(f for f in queries.factors_of(officer.pk) if f.kind == "webauthn")
    services.remove_factor(factor_id=key.id, actor=queries.actor_for(officer, at), at=at)
    sign_out(page)
    page.get_by_role("button", name="使用通行金鑰登入").click()
    expect(page.get_by_text("這把通行金鑰無法使用")).to_be_visible()
    page.goto("/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登入")


def test_without_an_authenticator_the_page_says_so(
    officer: Person, open_page: Callable[..., Page]
) -> None:
    page = open_page("/accounts/login/")
    expect(page.get_by_text("沒有完成。")).to_be_hidden()
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no')) }")
    page.get_by_role("button", name="使用通行金鑰登入").click()
    expect(page.get_by_text("沒有完成。")).to_be_visible()
    expect(page.get_by_role("button", name="使用通行金鑰登入")).to_be_enabled()


def test_the_app_and_what_hangs_on_it(
    officer: Person,
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
) -> None:
    page = open_page("/accounts/login/", phone=True)
    give_password(page)
    page.get_by_role("link", name="設定驗證程式").click()
    expect(page.get_by_label("驗證程式現在顯示的 6 位數字")).to_be_visible()
    no_violations(page)
    secret = "".join(page.locator(".yk-qr__secret span").all_inner_texts())
    step = int(clock.now().timestamp()) // 30
    page.get_by_label("驗證程式現在顯示的 6 位數字").fill("000000")
    page.get_by_role("button", name="完成設定").click()
    expect(page.get_by_role("alert")).to_be_visible()
    no_violations(page)
    code = totp.format_hotp_value(totp.hotp_value(secret, step))
    page.get_by_label("驗證程式現在顯示的 6 位數字").fill(code)
    page.get_by_role("button", name="完成設定").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("備用碼")
    code = queries.recovery_codes(officer.pk)[0]
    sign_out(page)
    give_password(page)
    page.get_by_label("驗證碼或備用碼").fill(code)
    page.get_by_role("button", name="繼續").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    page.goto("/me/second-factor/")
    no_violations(page)
    page.get_by_role("link", name="移除").click()
    expect(page.get_by_text("請先加入另一種")).to_be_visible()
    no_violations(page)
    page.goto("/accounts/again/")
    no_violations(page)
