"""A city as data: reading a pack's tables and handing them to the rooms that own them."""

import csv
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from yankao.base import registry
from yankao.base.actors import Actor
from yankao.base.errors import Invalid

Row = dict[str, str]


class Loader(Protocol):
    """Stores the rows idempotently (again = nothing new); returns how many rows it read."""

    def __call__(self, rows: list[Row], *, actor: Actor, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class PackTable:
    """One table of a city pack: a CSV file, or a folder of TOML files (name ends with "/")."""

    name: str
    order: int
    load: Callable[..., int]


def read_city(pack: Path) -> dict[str, Any]:
    """The pack's city.toml. Raises Invalid when the folder is no city pack."""
    path = pack / "city.toml"
    if not path.is_file():
        raise Invalid("base.pack_missing", f"{pack} 不是城市資料包：缺少 city.toml。")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_table(pack: Path, name: str) -> list[Row]:
    """The rows of one table: first what all cities share (``citypacks/common``), then the pack's.

    A CSV row is column → text; a TOML file is one row whose ``toml`` is its whole text. A TOML
    file of the pack stands in for the common one of its name. An absent file has no rows.
    """
    folders = (settings.YANKAO_COMMON, pack)
    if name.endswith("/"):
        files = {file.name: file for folder in folders for file in (folder / name).glob("*.toml")}
        return [
            {"file": file, "toml": files[file].read_text(encoding="utf-8")}
            for file in sorted(files)
        ]
    return [row for folder in folders for row in _rows(folder / name)]


def _rows(path: Path) -> list[Row]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [dict(row) for row in csv.DictReader(lines)]


def load_pack(pack: Path, *, actor: Actor, at: datetime) -> dict[str, int]:
    """Hand every table of the pack to its loader, in order; returns rows read by table."""
    read_city(pack)
    tables = sorted(registry.offers(PackTable), key=lambda table: table.order)
    return {
        table.name: table.load(read_table(pack, table.name), actor=actor, at=at) for table in tables
    }
