"""Time at the browser: pages and API answers of the real server beside its empty ones."""

import http.client
from collections.abc import Mapping
from urllib.parse import quote

from tools.bench import empty, home, sql
from tools.bench.timing import Row, in_turn


class Browser:
    """One kept-alive connection to the server, perhaps with somebody's session."""

    def __init__(self, port: int, player: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.headers = {"Host": "localhost"}
        if player:
            self.headers["Cookie"] = home.cookie(player)

    def get(self, address: str) -> bytes:
        """The whole answer, which must be 200."""
        self.connection.request("GET", address, headers=self.headers)
        return self._answer(address, 200)

    def post(
        self, address: str, body: bytes, headers: Mapping[str, str], status: int = 201
    ) -> bytes:
        """The whole answer to a post, which must be of that status."""
        self.connection.request("POST", address, body, {**self.headers, **headers})
        return self._answer(address, status)

    def read_through(self, address: str) -> int:
        """How many bytes a download has; nothing of it is kept."""
        self.connection.request("GET", address, headers=self.headers)
        response = self.connection.getresponse()
        assert response.status == 200, address
        total = 0
        while piece := response.read(1 << 20):
            total += len(piece)
        return total

    def _answer(self, address: str, status: int) -> bytes:
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == status, f"{address}: {response.status} {body[:300]!r}"
        return body


def measure(port: int, *, times: int) -> list[Row]:
    """Pages and answers beside the empty ones, and the last page beside the first."""
    case, wanted = sql.a_case(), sql.busiest_month()
    narrowed, api = sql.list_address(wanted), sql.api_address(wanted)
    officer, commission = home.officer_of(case.agency_id or ""), "commission"
    page, answer = empty.PAGE, empty.ANSWER
    search = f"/search/?q={quote('中山一路')}"
    first, last = "/dispatch/cases/", sql.deep_address()
    compared = (
        ("page: list by state, district, month", commission, page, narrowed, 4, "empty staff page"),
        ("page: one case", officer, page, f"/dispatch/cases/{case.number}/", 4, "empty staff page"),
        ("page: search", commission, page, search, 4, "empty staff page"),
        ("API: list", commission, answer, api, 3, "empty API answer"),
        (f"page: the one after {sql.PAGES:,} pages", commission, first, last, 1.5, "first page"),
    )
    return [
        _beside(Browser(port, player), what, bare, ours, limit, beside, times)
        for what, player, bare, ours, limit, beside in compared
    ]


def _beside(
    browser: Browser, what: str, bare: str, ours: str, limit: float, beside: str, times: int
) -> Row:
    took = in_turn(lambda: browser.get(bare), lambda: browser.get(ours), times=times, warm=5)
    return Row(what, *took, limit=limit, beside=beside)
