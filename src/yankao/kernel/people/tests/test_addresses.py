"""Whose address counts: the client's own, as far as proxies we trust have told it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from yankao.base.addresses import NO_ADDRESS, client_address

PROXY, OFFICE = "10.0.0.1", "203.0.113.7"


@pytest.fixture(autouse=True)
def _empty_counters() -> Iterator[None]:
    """allauth counts attempts in the process, so one test's would be another's."""
    cache.clear()
    yield
    cache.clear()


ADDRESSES: dict[str, tuple[list[str], str, str | None, str]] = {
    "direct": ([], OFFICE, None, OFFICE),
    "on this machine": ([], "127.0.0.1", None, "127.0.0.1"),
    "nobody trusted, header invented": ([], OFFICE, "198.51.100.1", OFFICE),
    "stranger pretends to be a proxy": ([PROXY], OFFICE, "198.51.100.1", OFFICE),
    "behind the proxy": ([PROXY], PROXY, OFFICE, OFFICE),
    "earlier hops are the client's word": ([PROXY], PROXY, f"198.51.100.1, {OFFICE}", OFFICE),
    "two proxies": ([PROXY, "10.0.0.2"], PROXY, f"1.2.3.4, {OFFICE}, 10.0.0.2", OFFICE),
    "proxy on this machine": (["127.0.0.1"], "127.0.0.1", OFFICE, OFFICE),
    "on this machine beside a proxy": (["127.0.0.1"], "127.0.0.1", None, "127.0.0.1"),
    "only proxies": ([PROXY], PROXY, PROXY, PROXY),
    "with a port": ([PROXY], PROXY, f"{OFFICE}:51000", OFFICE),
    "IPv6": (["::1"], "::1", "2001:DB8::0:7", "2001:db8::7"),
    "IPv6 with a port": (["::1"], "::1", "[2001:db8::7]:443", "2001:db8::7"),
    "IPv4 written as IPv6": (["127.0.0.1"], "::ffff:127.0.0.1", OFFICE, OFFICE),
    "no address in the last hop": ([PROXY], PROXY, f"{OFFICE}, unknown", PROXY),
    "empty hops": ([PROXY], PROXY, " , ,", PROXY),
    "local socket": ([PROXY], "", OFFICE, NO_ADDRESS),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_the_clients_address(case: str, settings: Settings) -> None:
    trusted, remote, forwarded, expected = ADDRESSES[case]
    settings.YANKAO_TRUSTED_PROXIES = trusted
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **headers)
    assert client_address(request) == expected


def test_without_the_setting_nobody_is_trusted(settings: Settings) -> None:
    if hasattr(settings, "YANKAO_TRUSTED_PROXIES"):
        del settings.YANKAO_TRUSTED_PROXIES
    request = RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=OFFICE)
    assert client_address(request) == "127.0.0.1"


def test_a_flood_behind_the_proxy_shuts_out_only_its_own_address(
    db: None, settings: Settings
) -> None:
    settings.YANKAO_TRUSTED_PROXIES = ["127.0.0.1"]
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": "3/m/ip"}

    def attempt(address: str) -> int:
        posted: dict[str, Any] = {"login": f"nobody-{address}", "password": ""}
        headers = {"HTTP_X_FORWARDED_FOR": address}
        return Client().post(reverse("account_login"), posted, **headers).status_code

    assert [attempt("198.51.100.1") for _ in range(4)] == [200, 200, 200, 429]
    assert attempt(OFFICE) == 200
