"""The site as an app: what it is called, its worker, and that nothing personal is ever kept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from yankao.base import registry

pytestmark = pytest.mark.django_db
ASSETS = Path(settings.YANKAO_ASSETS)


@pytest.fixture
def worker(client: Client) -> str:
    answer = client.get("/service-worker.js")
    assert answer.status_code == 200, "build the assets"
    return answer.content.decode()


def manifest(client: Client, **headers: str) -> dict[str, Any]:
    answer = client.get("/manifest.webmanifest", headers=headers)
    assert answer["Content-Type"] == "application/manifest+json"
    return json.loads(answer.content)


def test_the_manifest_has_what_browsers_ask_for(client: Client) -> None:
    told = manifest(client)
    assert (told["display"], told["scope"], told["id"]) == ("standalone", "/", "/")
    assert told["lang"] == "zh-hant"
    assert settings.CITY["name"] in told["name"]
    assert len(told["short_name"]) <= 12
    assert told["theme_color"] == settings.CITY["colours"]["light"]["brand"]
    purposes = {(icon["sizes"], icon["purpose"]) for icon in told["icons"]}
    assert purposes == {(f"{n}x{n}", p) for n in (192, 512) for p in ("any", "maskable")}
    for icon in told["icons"]:
        with Image.open(ASSETS / icon["src"].removeprefix("/assets/")) as picture:
            assert (picture.format, f"{picture.width}x{picture.height}") == ("PNG", icon["sizes"])
    names = [shortcut["name"] for shortcut in told["shortcuts"]]
    assert names == ["通報", "陳情", "查進度", "問問題"]
    for address in [told["start_url"], *(shortcut["url"] for shortcut in told["shortcuts"])]:
        assert client.get(address).status_code == 200


def test_the_manifest_is_the_citys_and_in_the_readers_language(
    client: Client, settings: Any
) -> None:
    settings.CITY = {**settings.CITY, "name": "青山市", "name_en": "Green Hill City"}
    assert manifest(client)["name"] == "青山市市民服務"
    english = manifest(client, accept_language="en")
    assert (english["lang"], english["name"]) == ("en", "Green Hill City citizen services")


def test_the_worker_is_asked_for_anew_and_may_do_what_it_does(client: Client) -> None:
    answer = client.get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "worker-src" not in policy  # 'self' by default-src, and so is manifest-src


def test_only_two_pages_are_ever_kept_and_without_cookies(worker: str) -> None:
    assert re.search(r"const PAGES = \[OFFLINE, REPORT\]", worker)
    kept = re.findall(r"const (?:OFFLINE|REPORT) = '([^']+)'", worker)
    assert kept == ["/offline/", "/report/offline/"]
    into_cache = re.findall(r"cache\.(?:put|add|addAll)\([^\n]*", worker)
    assert len(into_cache) == 2
    assert "credentials: 'omit'" in into_cache[1]
    assert "fetch(page, { credentials: 'omit'" in worker
    shell = json.loads(re.findall(r"^const SHELL = (\[.*\])$", worker, re.M)[0])
    assert all(name.startswith("/assets/") for name in shell)
    assert not [name for name in shell if re.search(r"calls|wall|reply|storm|take-in", name)]


def test_staff_pages_never_meet_the_worker(worker: str) -> None:
    pattern = re.findall(r"^const CITIZENS = /(.+)/$", worker, re.M)[0].replace("\\/", "/")
    rail = [reverse(item.url_name) for system in registry.systems() for item in system.nav]
    assert len(rail) > 10
    for address in (*rail, "/accounts/login/", "/files/x/", "/api/dispatch/cases"):
        assert not re.search(pattern, address), address
    for address in ("/", "/report/", "/status/", "/offline/"):
        assert re.search(pattern, address), address


def test_its_version_changes_with_what_it_keeps(worker: str) -> None:
    assert re.search(r'^const VERSION = "[0-9a-f]{16}"$', worker, re.M)
    assert "const CACHE = `yankao-${VERSION}`" in worker


@pytest.mark.parametrize("address", ["/offline/", "/report/offline/"])
def test_kept_pages_know_nobody(client: Client, client_of: Any, address: str) -> None:
    page = client.get(address)
    assert (page.status_code, page["Cache-Control"]) == (200, "no-cache")
    assert "csrfmiddlewaretoken" not in page.content.decode()
    assert not page.cookies
    assert "機關同仁登入" in page.content.decode()


@pytest.mark.parametrize("address", ["/work/", "/dispatch/cases/", "/me/"])
def test_staff_pages_bring_no_worker(client_of: Any, address: str) -> None:
    page = client_of("officer").get(address).content.decode()
    assert "pwa.mjs" not in page
    assert "manifest" not in page


@pytest.mark.parametrize("address", ["/", "/report/", "/petition/", "/status/"])
def test_public_pages_can_be_installed(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert "apple-touch-icon" in page


def test_how_to_install_is_told_without_a_script(client: Client) -> None:
    page = client.get("/app/").content.decode()
    assert "加入主畫面" in page
    assert re.search(r"data-yk-install [^>]*hidden", page)  # shown once the browser offers it
