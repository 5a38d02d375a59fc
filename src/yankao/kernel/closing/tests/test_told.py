"""A closed number on its page and at the address it is cited by, before and after a restatement."""

from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.factories import make_person
from yankao.base import registry
from yankao.base.actors import Actor, Grant
from yankao.kernel.closing import services
from yankao.kernel.closing.models import Restatement
from yankao.kernel.closing.tests.test_closing import AT, CHIEF, CLERK, SEPTEMBER, change, close
from yankao.kernel.figures import closed
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures import services as storage
from yankao.kernel.figures.declarations import Count, Figure, SmallCells
from yankao.kernel.figures.expressions import Part
from yankao.kernel.figures.permissions import LIST_RECORDS, RecordsForbidden
from yankao.kernel.figures.rules import Grain
from yankao.kernel.figures.tests.conftest import TOY
from yankao.kernel.figures.tests.toy import FIGURES, ON_TIME, OPEN, RECEIVED, Repair, store, taipei

pytestmark = pytest.mark.django_db
PAGE = "/figures/toy.repairs.received/"
NUMBER = "/api/figures/toy.repairs.received/v1/2019-09"
SHARE = "/api/figures/toy.repairs.on_time_pct/v1/2019-09"


@pytest.fixture(autouse=True)
def closed_month(toy_and_pages: None, lake_home: object) -> Any:
    days = [taipei(2019, 9, day) for day in range(1, 13)]
    store([Repair(d, "AB"[d.day % 2], due_at=d, done_at=d if d.day > 4 else None) for d in days])
    with time_machine.travel(AT, tick=False):
        storage.note_definitions(at=AT)
        close(SEPTEMBER)
        yield


def restate(reason: str = "<b>補登</b>") -> None:
    change()
    found = services.propose_restatement(month=SEPTEMBER, reason=reason, actor=CLERK, at=AT)
    services.approve_restatement(restatement_id=found.pk, actor=CHIEF, at=AT.replace(hour=9))


def page(client: Client, **query: str) -> str:
    return client.get(PAGE, {"period": "2019-09", **query}).content.decode()


def number(client: Client, address: str = NUMBER, **query: str) -> dict[str, Any]:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_closed_number_says_so_and_a_live_one_that_it_will_change(client: Client) -> None:
    html = page(client)
    cited = number(client)
    assert "結帳時的數字，不會再變" in html
    assert f'title="{cited["checksum"]}"' in html
    assert cited["cite_as"] in html.replace("&#x27;", "'")
    assert "/closing/2019-09/" not in html  # nothing for a stranger there
    assert "已結帳" in html.split("<tbody>")[1]  # the series
    assert "這段期間還沒結帳" in page(client, period="2019-10")
    assert "這段期間還沒結束" in page(client, period="2020-02")
    client.force_login(make_person("auditor", role="AUDITOR"))
    assert "/closing/2019-09/" in page(client)


def test_a_restated_number_shows_both_values_and_why(client: Client) -> None:
    before = number(client)
    assert "更正的理由" not in page(client)
    restate()
    html, after = page(client), number(client)
    assert "&lt;b&gt;補登&lt;/b&gt;" in html
    assert "第 1 次更正" in html
    assert (before["value"], before["revision"], before["former"]) == (12, 0, [])
    assert after["value"] != 12
    assert after["revision"] == 1
    [former] = after["former"]
    assert (former["value"], former["checksum"]) == (12, before["checksum"])
    # a rejected one is nobody's reason
    Restatement.objects.update(state=Restatement.State.REJECTED)
    assert "補登" not in page(client)


def test_a_number_that_stayed_is_not_called_restated(client: Client) -> None:
    restate()
    address, asked = PAGE.replace("received", "cost"), {"period": "2019-09"}
    assert 'id="said"' not in client.get(address, asked).content.decode()
    assert 'id="said"' in page(client)
    assert number(client, NUMBER.replace("received", "cost"))["revision"] == 1


def test_the_address_of_a_number_and_its_tag(client: Client) -> None:
    answer = client.get(NUMBER, {"agency": "A"})
    cited, tag = answer.json(), answer["ETag"]
    assert (cited["value"], cited["filters"], cited["closed"]) == (5, {"agency": ["A"]}, True)
    assert tag.startswith(f'"{cited["checksum"][:16]}-0-5-')
    assert client.get(cited["address"], headers={"If-None-Match": tag}).status_code == 304
    table = client.get(cited["address"], {"format": "csv"})
    assert table["ETag"] != tag  # strong: other bytes
    assert f",{cited['checksum']}," in table.content.decode()
    share = number(client, SHARE)
    assert (share["value"], share["numerator"], share["denominator"]) == (66.7, 8, 12)
    assert (
        "8 ÷ 12"
        in client.get("/figures/toy.repairs.on_time_pct/", {"period": "2019-09"}).content.decode()
    )
    restate()
    assert client.get(NUMBER, {"agency": "A"}, headers={"If-None-Match": tag}).status_code == 200
    live = number(client, NUMBER.replace("2019-09", "2020-02"))
    assert (live["closed"], live["checksum"], live["open"]) == (False, None, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [("v2/2019-09", 404), ("v0/2019-09", 404), ("v1/2019-13", 422), ("v1/x", 422), ("v/2019", 404)],
)
def test_what_was_never_said(client: Client, path: str, status: int) -> None:
    answer = client.get(f"/api/figures/toy.repairs.received/{path}")
    assert answer.status_code == status
    if status == 404 and path.endswith("2019-09"):
        assert "有的版本：1" in answer.content.decode()


def test_a_changed_definition_waits_and_the_number_keeps_its_version(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = replace(RECEIVED, version=2, measure=Count(where=lambda t: t.is_tracked))
    declare(monkeypatch, changed)
    assert "定義變更待核定" not in page(client)
    storage.note_definitions(at=AT)
    assert "定義變更待核定" in page(client)
    assert number(client)["version"] == 1
    answer = client.get(NUMBER.replace("v1", "v2"))
    assert answer.status_code == 404
    assert number(client, NUMBER.replace("v1", "v2").replace("2019-09", "2020-02"))["version"] == 2


def test_small_cells_stay_withheld_in_every_revision(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(
        monkeypatch,
        replace(
            ON_TIME,
            small_cells=SmallCells(dimensions=("agency",), least=lambda: 9, grain=Grain.MONTH),
        ),
    )
    restate()
    cited = number(client, SHARE, agency="A")
    assert [cited[name] for name in ("value", "numerator", "records", "checksum")] == [None] * 4
    assert cited["former"] == []
    client.force_login(make_person("commission", role="COMMISSION"))
    answer = client.get(SHARE, {"agency": "A"})
    assert answer.json()["former"]
    assert "private" in answer["Cache-Control"]


def declare(monkeypatch: pytest.MonkeyPatch, figure: Any) -> None:
    declared = registry.systems()
    others = tuple(o for o in TOY.offers if o not in FIGURES or o.name != figure.name)
    toy = replace(TOY, offers=(*others, figure))
    monkeypatch.setattr(registry, "systems", lambda: (toy, *declared[1:]))


def test_records_behind_a_closed_number_are_those_it_was_counted_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everybody = Actor("person:8", "示範稽核", grants=frozenset({Grant(LIST_RECORDS)}))
    own = Actor("person:9", "示範承辦", grants=frozenset({Grant(LIST_RECORDS, "A")}))
    asked = (
        (RECEIVED, Part.ALL),
        (ON_TIME, Part.REST),
        (ON_TIME, Part.NUMERATOR),
        (OPEN, Part.ALL),
    )
    with monkeypatch.context() as counted_live:
        counted_live.setattr(closed, "partitions_of", lambda asked, known: [])
        live = {one: listing(one[0], everybody, one[1]) for one in asked}
    change()
    for (figure, part), before in live.items():
        assert listing(figure, everybody, part) == before
    assert live[RECEIVED, Part.ALL][0] == 12
    assert listing(RECEIVED, own)[0] == 5
    assert {row[1] for row in listing(RECEIVED, own)[1]} == {"A"}
    with pytest.raises(RecordsForbidden):
        figures.records_of(RECEIVED, SEPTEMBER, actor=own, as_of=AT, filters={"agency": "B"})
    past = figures.records_of(RECEIVED, SEPTEMBER, actor=everybody, as_of=AT, page=9, page_size=5)
    assert (past.page, past.total, len(past.rows)) == (3, 12, 2)
    whole = figures.all_records_of(RECEIVED, SEPTEMBER, actor=everybody, as_of=AT)
    assert whole == live[RECEIVED, Part.ALL][1]


def listing(figure: Figure, actor: Actor, part: Part = Part.ALL) -> tuple[int, list[Any]]:
    found = figures.records_of(figure, SEPTEMBER, actor=actor, as_of=AT, part=part, page_size=100)
    return found.total, [row.values for row in found.rows]
