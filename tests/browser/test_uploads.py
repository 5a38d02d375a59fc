"""A video on a phone whose connection breaks: it goes on where it stopped."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from yankao.base.subjects import Subject
from yankao.departments.service.petitions.models import Petition
from yankao.kernel.files import queries as files
from yankao.kernel.files.services import store
from yankao.kernel.files.tests import samples


def on_disk() -> int:
    return sum(path.stat().st_size for path in (store().root / "uploads").glob("*"))


def test_a_video_goes_on_after_the_connection_broke(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], tmp_path: Path
) -> None:
    video = tmp_path / "現場.mp4"
    video.write_bytes(samples.mp4() + samples.box(b"free", os.urandom(5_000_000)))
    page = open_page("/petition/", phone=True)
    page.locator("button[name=item]").first.click()
    page.get_by_label("主旨").fill("夜間施工太吵")
    page.get_by_label("內容").fill("每晚十點以後還在打石。")
    slow = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 20, "downloadThroughput": -1}
    slow.send("Network.enable")
    slow.send("Network.emulateNetworkConditions", {**conditions, "uploadThroughput": 1_500_000})
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.locator("input[type=file]").set_input_files(video)
    item = page.locator(".yk-upload")
    no_violations(page)
    page.context.set_offline(True)
    expect(item).to_contain_text("連線中斷")
    came = on_disk()
    assert 0 < came < 5_000_000
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("檔案還在上傳，傳完會自動送出。")).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_url("**/petition/contact/")
    assert on_disk() == 0, "kept under its hash"
    page.get_by_label("真實姓名").fill("王小明")
    page.get_by_label("電子郵件").fill("wang@example.tw")
    page.locator("form button.govuk-button").last.click()
    page.wait_for_url("**/petition/received/")
    case = Petition.objects.get()
    [attached] = files.attachments_of(Subject("service.petitions", case.pk))
    assert (attached.name, attached.size) == ("現場.mp4", video.stat().st_size)


@pytest.mark.parametrize("act", ["暫停上傳", "移除"])
def test_one_stops_and_removes(open_page: Callable[..., Page], tmp_path: Path, act: str) -> None:
    page = open_page("/petition/", phone=True)
    page.locator("button[name=item]").first.click()
    video = tmp_path / "x.mp3"
    video.write_bytes(samples.mp3(frames=10_000))
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 1_000_000},
    )
    page.locator("input[type=file]").set_input_files(video)
    page.get_by_role("button", name=act).click()
    item = page.locator(".yk-upload")
    if act == "移除":
        expect(item).to_have_count(0)
        return
    expect(item).to_contain_text("已暫停")
    page.get_by_role("button", name="繼續上傳").click()
    expect(item).to_contain_text("已上傳")
