"""The first accounts: a real administrator by command, demo people in demo mode only."""

import io
import stat
from argparse import ArgumentParser
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.cast import NOW
from tests.factories import make_agency, make_person
from yankao.base.errors import Refused
from yankao.kernel.people import commands, demo, queries, services
from yankao.kernel.people.models import Assignment, Person
from yankao.kernel.people.passwords import readable_password

pytestmark = pytest.mark.django_db

PACK = """
[[person]]
account = "officer"
name = "示範承辦"
role = "OFFICER"
agency = "養護工程處"
unit = "沒有這一科"

[[person]]
account = "admin"
name = "示範管理"
role = "ADMINISTRATOR"
"""


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    make_agency("ROADS", name="養護工程處")
    (tmp_path / "demo_people.toml").write_text(PACK, encoding="utf-8")
    return {"home": tmp_path / "home", "pack": tmp_path}


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_demo_people_are_made_once_with_passwords_of_their_own(
    places: dict[str, Path], settings: Settings
) -> None:
    settings.YANKAO_DEMO = True
    first = demo.prepare(**places, at=NOW)
    again = demo.prepare(**places, at=NOW)
    assert first == again
    assert [a.title for a in first] == ["承辦人", "帳號管理人"]
    assert len({a.password for a in first}) == 2
    for account in first:
        person = Person.objects.get(account=account.account)
        assert person.is_demo
        assert person.check_password(account.password)
    officer = Assignment.objects.get(person__account="officer")
    assert (officer.role, officer.agency_id) == ("OFFICER", "ROADS")


def test_the_passwords_are_readable_by_their_owner_only(
    places: dict[str, Path], settings: Settings
) -> None:
    settings.YANKAO_DEMO = True
    demo.prepare(**places, at=NOW)
    kept = places["home"] / "secrets" / "demo_accounts"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_lost_password_file_gives_new_passwords(
    places: dict[str, Path], settings: Settings
) -> None:
    settings.YANKAO_DEMO = True
    first = demo.prepare(**places, at=NOW)
    (places["home"] / "secrets" / "demo_accounts").unlink()
    second = demo.prepare(**places, at=NOW)
    assert first[0].password != second[0].password
    assert Person.objects.get(account="officer").check_password(second[0].password)


def test_a_real_person_is_never_turned_into_a_demo_person(
    places: dict[str, Path], settings: Settings
) -> None:
    settings.YANKAO_DEMO = True
    make_person("officer", name="真人", password="real-password-1")
    with pytest.raises(services.AccountTaken):
        demo.prepare(**places, at=NOW)
    assert Person.objects.get(account="officer").check_password("real-password-1")


def test_no_demo_people_outside_demo_mode(places: dict[str, Path], settings: Settings) -> None:
    settings.YANKAO_DEMO = False
    with pytest.raises(services.DemoRefused):
        demo.prepare(**places, at=NOW)
    assert not Person.objects.exists()
    assert not (places["home"] / "secrets" / "demo_accounts").exists()


def test_a_start_outside_demo_mode_refuses_while_demo_people_are_there(
    settings: Settings,
) -> None:
    make_person("demo", is_demo=True)
    settings.YANKAO_DEMO = True
    demo.refuse_outside_demo_mode()
    settings.YANKAO_DEMO = False
    with pytest.raises(demo.DemoAccountsPresent) as refused:
        demo.refuse_outside_demo_mode()
    assert "demo" in refused.value.message
    Person.objects.update(is_active=False)
    demo.refuse_outside_demo_mode()


def test_the_packs_own_demo_people_cover_every_role(settings: Settings) -> None:
    entries = demo._read(settings.YANKAO_CITY / demo.TABLE)
    roles = [entry["role"] for entry in entries]
    assert set(roles) == {
        "CITIZEN",
        "OFFICER",
        "SUPERVISOR",
        "HEAD",
        "COMMISSION",
        "AUDITOR",
        "AGENT",
        "ADMINISTRATOR",
    }
    assert roles.count("OFFICER") >= 3


def run_createadmin(*flags: str) -> int:
    parser = ArgumentParser()
    commands.configure_createadmin(parser)
    return commands.run_createadmin(parser.parse_args(flags))


def test_createadmin_with_flags_and_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("wind-7-harbour\n"))
    assert run_createadmin("--account", "Root", "--name", "管理人", "--password-stdin") == 0
    person = Person.objects.get(account="root")
    assert person.check_password("wind-7-harbour")
    assert not person.must_change_password
    assert not person.is_demo
    assert queries.may_manage(queries.actor_for(person, NOW)) is False  # not before today
    assert Assignment.objects.get(person=person).role == "ADMINISTRATOR"


def test_createadmin_with_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANKAO_ADMIN_ACCOUNT", "root")
    monkeypatch.setenv("YANKAO_ADMIN_NAME", "管理人")
    monkeypatch.setenv("YANKAO_ADMIN_PASSWORD", "wind-7-harbour")
    assert run_createadmin() == 0


def test_createadmin_without_a_terminal_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(Refused, match="--password-stdin"):
        run_createadmin("--account", "root", "--name", "管理人")


def test_createadmin_refuses_a_weak_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("password\n"))
    with pytest.raises(services.WeakPassword):
        run_createadmin("--account", "root", "--name", "管理人", "--password-stdin")
    assert not Person.objects.exists()


def test_passwords_we_make_are_readable_and_all_different() -> None:
    made = {readable_password() for _ in range(200)}
    assert len(made) == 200
    assert not set("ilo01") & set("".join(made))
