"""The people of the demo, made at the first start and never anywhere else."""

import os
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from yankao.base.actors import system_actor
from yankao.base.errors import Refused
from yankao.base.transactions import durable
from yankao.kernel.people import queries, services
from yankao.kernel.people.passwords import readable_password
from yankao.kernel.people.rules import Role
from yankao.kernel.people.services import DemoPerson
from yankao.kernel.people.words import role_title

TABLE = "demo_people.toml"


class DemoAccountsPresent(Refused):
    """Demo accounts are in the database though this is no demo."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What somebody trying the demo needs to sign in."""

    account: str
    password: str
    name: str
    title: str
    is_listed: bool = True


def prepare(*, home: Path, pack: Path, at: datetime) -> list[DemoAccount]:
    """Make the demo people of the pack that are missing; returns all with their passwords.

    Passwords are random, made once and kept in ``home/secrets/demo_accounts`` (mode 600).
    Raises DemoRefused outside demo mode, AgencyUnknown for a place the pack does not have.
    """
    entries = _read(pack / TABLE)
    path = home / "secrets" / "demo_accounts"
    kept = _kept_passwords(path) if settings.YANKAO_DEMO else {}
    renewed = frozenset(entry["account"] for entry in entries) - kept.keys()
    passwords = kept | {account: readable_password() for account in renewed}
    if settings.YANKAO_DEMO and renewed:
        _keep_passwords(path, passwords)
    with durable():
        services.create_demo_people(
            people=[_person(entry) for entry in entries],
            passwords=passwords,
            renewed=renewed,
            actor=system_actor("demo"),
            at=at,
        )
    return [_account(entry, passwords) for entry in entries]


def refuse_outside_demo_mode() -> None:
    """Raises DemoAccountsPresent when demo accounts exist and demo mode is off; start with this."""
    accounts = [] if settings.YANKAO_DEMO else queries.demo_accounts()
    if accounts:
        raise DemoAccountsPresent(
            "people.demo_accounts_present",
            f"資料庫裡有 {len(accounts)} 個示範帳號（{'、'.join(accounts)}），"
            "而現在不是示範模式。請改用另一個 YANKAO_HOME 或 DATABASE_URL，"
            "或以 YANKAO_DEMO=1 啟動。",
        )


def printed_list(accounts: list[DemoAccount]) -> str:
    """The accounts to try as lines for the terminal; the rest only keep other inboxes alive."""
    listed = [account for account in accounts if account.is_listed]
    width = max((len(a.account) for a in listed), default=0)
    return "\n".join(f"  {a.account:<{width}}  {a.password}  {a.title}（{a.name}）" for a in listed)


def _read(path: Path) -> list[dict[str, Any]]:
    return list(tomllib.loads(path.read_text(encoding="utf-8"))["person"])


def _person(entry: dict[str, Any]) -> DemoPerson:
    place = queries.agency_named(entry["agency"]).code if entry.get("agency") else None
    return DemoPerson(
        account=entry["account"],
        name=entry["name"],
        role=Role(entry["role"]),
        agency=place,
        unit=_unit(place, entry.get("unit")),
    )


def _unit(agency: str | None, name: str | None) -> str | None:
    """The unit of that name, or none where the pack has no such unit."""
    units = queries.units_of(agency) if agency and name else []
    return next((unit.code for unit in units if name in {unit.code, unit.name}), None)


def _account(entry: dict[str, Any], passwords: dict[str, str]) -> DemoAccount:
    return DemoAccount(
        account=entry["account"],
        password=passwords[entry["account"]],
        name=entry["name"],
        title=entry.get("title") or role_title(entry["role"]),
        is_listed=entry.get("listed", True),
    )


def _kept_passwords(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _keep_passwords(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = "".join(f"{account} {password}\n" for account, password in sorted(passwords.items()))
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(lines)
