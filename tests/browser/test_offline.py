"""A report from where there is no network: written, kept, sent once; its photo made small."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from yankao.base import clock
from yankao.departments.service.citizens import services as citizens
from yankao.departments.service.citizens.pages.session import PUSH_COOKIE
from yankao.departments.service.citizens.tests.service import Phone
from yankao.departments.service.dispatch.models import Case
from yankao.kernel.doors.services import guards
from yankao.kernel.files.models import Attachment

KEPT = "caches.keys().then(async (names) => (await Promise.all(names.map(async (n) => (await (await caches.open(n)).keys()).map((r) => new URL(r.url).pathname)))).flat())"  # noqa: E501 – one line of script


def photo() -> dict[str, Any]:
    """Four thousand pixels wide, lying on its side, with a place in it."""
    picture = Image.effect_noise((4000, 3000), 40).convert("RGB")
    exif = picture.getexif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    content = BytesIO()
    picture.save(content, "JPEG", quality=60, exif=exif.tobytes())
    return {"name": "hole.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def write(page: Page) -> None:
    page.get_by_label("什麼問題").select_option(label="路面坑洞")
    page.get_by_label("行政區").select_option("64000050")
    page.get_by_label("地點說明").fill("建國三路 100 號前")
    page.locator("[name=photos]").set_input_files([photo()])
    expect(page.locator(".yk-photo-preview img")).to_be_visible()
    page.locator("[name=description]").fill("坑洞很深")
    page.get_by_role("button", name="送出通報").click()


@pytest.fixture
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "COST", 10)
    monkeypatch.setattr(guards, "TRIES", (1, 20))


@pytest.mark.usefixtures("easy")
def test_written_without_a_network_it_is_sent_once_when_there_is_one(
    open_page: Any, no_violations: Any
) -> None:
    page = open_page("/report/", phone=True, service_workers="allow")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now under the worker
    page.context.set_offline(True)
    page.goto("/status/")
    expect(page.get_by_role("heading", level=1)).to_have_text("現在沒有網路")
    page.goto("/report/details/")
    expect(page.get_by_role("heading", level=1)).to_have_text("離線通報")
    page.get_by_role("button", name="送出通報").click()
    expect(page.get_by_role("alert")).to_contain_text("請選擇什麼問題。")
    write(page)
    box = page.locator("#outbox")
    expect(box).to_contain_text("等著送出")
    expect(box).to_contain_text("1 張照片")
    page.reload()
    expect(box).to_contain_text("路面坑洞")
    no_violations(page)
    assert Case.objects.count() == 0
    page.context.set_offline(False)
    expect(box).to_contain_text("已送出")
    case = Case.objects.get()
    expect(box).to_contain_text(case.number)
    assert (case.channel, case.description) == ("app", "坑洞很深")
    stored = Attachment.objects.get()
    assert (stored.width, stored.height) == (1536, 2048)
    assert stored.size <= 1.5 * 1024 * 1024
    no_violations(page)
    box.get_by_role("link", name="看處理進度").click()
    expect(page.locator("main")).to_contain_text(case.number)
    kept = page.evaluate(KEPT)
    assert [path for path in kept if not path.startswith("/assets/")] == [
        "/offline/", "/report/offline/",
    ]  # fmt: skip
    assert Case.objects.count() == 1


@pytest.mark.usefixtures("easy")
def test_what_is_refused_keeps_its_words_and_can_be_changed(open_page: Any) -> None:
    page = open_page("/report/offline/", phone=True)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 25.03, "longitude": 121.5})
    page.get_by_role("button", name="用我現在的位置").click()
    expect(page.get_by_text("已記下位置")).to_be_visible()
    write(page)
    box = page.locator("#outbox")
    expect(box).to_contain_text("這個位置不在")
    box.get_by_role("button", name="更改").click()
    expect(page.locator("[name=description]")).to_have_value("坑洞很深")
    page.get_by_role("button", name="不用這個位置").click()
    page.get_by_role("button", name="送出通報").click()
    expect(box).to_contain_text("已送出")
    assert Case.objects.count() == 1


RENEWED = """async ({ old, renewed }) => {
    const event = new ExtendableEvent('pushsubscriptionchange')
    const toJSON = () => renewed
    let done
    Object.assign(event, {
        oldSubscription: { endpoint: old }, newSubscription: { toJSON },
        waitUntil: (work) => { done = work },
    })
    self.dispatchEvent(event)
    await done
}"""


def test_the_worker_tells_of_a_renewed_push_address(open_page: Any, live_server: Any) -> None:
    old, new = (Phone("https://fcm.googleapis.com", name).told() for name in ("old", "new"))
    page = open_page("/offline/", service_workers="allow")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    row = citizens.subscribe(
        cookie="", browser=citizens.Browser(**old), wishes=citizens.Wishes(["disaster"]),
        citizen=None, language="", at=clock.now(),
    )  # fmt: skip
    cookie = {"name": PUSH_COOKIE, "value": str(row.uuid), "url": live_server.url}
    page.context.add_cookies([cookie])
    renewed = {"endpoint": new["endpoint"], "keys": {k: new[k] for k in ("p256dh", "auth")}}
    page.context.service_workers[0].evaluate(RENEWED, {"old": old["endpoint"], "renewed": renewed})
    row.refresh_from_db()
    assert (row.endpoint, row.wants) == (new["endpoint"], ["disaster"])
