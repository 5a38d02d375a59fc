"""The pages of keys and the command line."""

import re
from argparse import ArgumentParser
from datetime import date

import pytest
import time_machine

from tests.cast import NOW, PLAYERS
from yankao.kernel.doors import commands, queries, services
from yankao.kernel.doors.models import ApiKey, KeyUse
from yankao.kernel.doors.tests.conftest import API, POST_SCOPE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

FORM = {
    "application": "道路通",
    "purpose": "把民眾的通報送進來",
    "contact_agency": "ROADS",
    "scopes": [POST_SCOPE],
    "quota_per_day": "1000",
    "expires_on": "2026-12-31",
}


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("player", PLAYERS)
def test_keys_are_for_administrators(client_of, issue, player) -> None:
    key_id = issue().key.pk
    client = client_of(player)
    expected = {"administrator": 200, "anonymous": 302}.get(player, 403)
    for address in ("", "new/", f"{key_id}/replace/", f"{key_id}/revoke/"):
        assert client.get(f"/doors/keys/{address}").status_code == expected
    if player != "administrator":
        client.post("/doors/keys/new/", FORM)
        client.post(f"/doors/keys/{key_id}/revoke/", {"reason": "x"})
        assert ApiKey.objects.filter(revoked_at__isnull=True).count() == 1


def test_nothing_yet_says_what_to_do(client_of) -> None:
    page = client_of("administrator").get("/doors/keys/").content.decode()
    assert "還沒有金鑰" in page
    assert page.count("/doors/keys/new/") == 2


def test_issue_replace_revoke(client_of) -> None:
    client = client_of("administrator")
    shown = client.post("/doors/keys/new/", FORM)
    assert "no-store" in shown["Cache-Control"]
    first = secret_in(shown)
    key = ApiKey.objects.get()
    assert queries.client_of(first, at=NOW).id == key.pk
    assert (key.expires_on, key.contact_agency_id) == (date(2026, 12, 31), "ROADS")
    shown = client.post(f"/doors/keys/{key.pk}/replace/", {"old_valid_days": "7"})
    second = secret_in(shown)
    assert "舊金鑰可用到 115/03/11" in shown.content.decode()
    listed = client.get("/doors/keys/").content.decode()
    assert queries.rules.prefix_of(second) in listed
    assert first not in listed
    assert second not in listed
    answer = client.post(f"/doors/keys/{key.pk}/revoke/", {"reason": "不再合作"}, follow=True)
    assert "不再合作" in answer.content.decode()
    assert queries.client_of(first, at=NOW) is queries.client_of(second, at=NOW) is None


def secret_in(response) -> str:
    (secret,) = re.findall(r">(yk_[^<]{52})</textarea>", response.content.decode())
    return secret


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"application": ""}, "請填寫應用程式"),
        ({"application": "  "}, "請填寫應用程式"),
        ({"scopes": ["test.nothing"]}, "test.nothing"),
        ({"scopes": []}, "請選擇可做的事"),
        ({"quota_per_day": "0"}, "1"),
        ({"quota_per_day": "99999999"}, "每日配額須在"),
        ({"expires_on": "2026-03-03"}, "有效期限已經過去"),
        ({"contact_agency": "NOBODY"}, "NOBODY"),
    ],
)
def test_a_wrong_form_issues_nothing(client_of, changes, says) -> None:
    answer = client_of("administrator").post("/doors/keys/new/", {**FORM, **changes})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("days", ["", "-1", "91", "x"])
def test_a_wrong_overlap_replaces_nothing(client_of, issue, days) -> None:
    issued = issue()
    address = f"/doors/keys/{issued.key.pk}/replace/"
    answer = client_of("administrator").post(address, {"old_valid_days": days})
    assert answer.status_code == 422
    assert queries.client_of(issued.secret, at=NOW)


def test_unknown_and_ended_keys(client_of, issue, administrator) -> None:
    client = client_of("administrator")
    assert client.get("/doors/keys/12/revoke/").status_code == 404
    key_id = issue().key.pk
    services.revoke_key(key_id=key_id, reason="x", actor=administrator, at=NOW)
    listed = client.get("/doors/keys/").content.decode()
    assert f"/doors/keys/{key_id}/" not in listed
    answer = client.post(f"/doors/keys/{key_id}/replace/", {"old_valid_days": "1"})
    assert answer.status_code == 422


def test_the_list_shows_use_and_keeps_its_budget(
    client_of, issue, django_assert_max_num_queries
) -> None:
    key = issue(quota_per_day=12_000).key
    KeyUse.objects.create(key=key, day=date(2026, 3, 4), count=1_234)
    for number in range(60):
        issue(application=f"App {number:02}", contact_agency="ROADS")
    client = client_of("administrator")
    with django_assert_max_num_queries(12):
        page = client.get("/doors/keys/?page=2").content.decode()
    assert "1,234／12,000" in page
    assert "從未使用" in page


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    commands.configure(parser)
    return commands.run(parser.parse_args(arguments))


def test_at_the_command_line(cast, capsys) -> None:
    issue = ("issue", "道路通", "--purpose", "通報", "--scope", POST_SCOPE, "--quota")
    assert run(*issue, "5", "--expires-on", "2026-03-31", "--agency", "ROADS") == 0
    secret = capsys.readouterr().out.split()[-1]
    client = queries.client_of(secret, at=NOW)
    assert client is not None
    services.admit(door=API, address="203.0.113.7", secret=secret, at=NOW)
    assert run("list") == 0
    listed = capsys.readouterr().out
    assert "今天 1/5" in listed
    assert secret not in listed
    with pytest.raises(services.KeyWrong):
        run("revoke", str(client.id), "--reason", "")
    with pytest.raises(services.KeyWrong):
        run(*issue, "0")
    with pytest.raises(SystemExit):
        run("issue", "道路通", "--purpose", "通報", "--scope", "test.nothing", "--quota", "1")
    assert run("revoke", str(client.id), "--reason", "外洩") == 0
    assert queries.client_of(secret, at=NOW) is None
