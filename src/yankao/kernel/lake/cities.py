"""Lakes of other cities, read by the manifests that lie in them: no city's database is asked."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from yankao.base.errors import Invalid, Refused
from yankao.kernel.lake import stores
from yankao.kernel.lake.rules import LocalFile, Stock, manifest_digest, path_of
from yankao.kernel.lake.stores import Store

_CITY = re.compile(r"[^\W_][\w-]{0,39}")
_FACT = re.compile(r"\w+(\.\w+)*")
_MANIFEST = re.compile(r"months/(\d{4})-(\d{2})/(\w+)\.json")


class CityInvalid(Invalid):
    """What is to be a city's lake cannot be one."""


class CityUnreadable(Refused):
    """A city's lake is not there, or not what its manifests say."""

    status = 503


@dataclass(frozen=True, slots=True)
class CityLake:
    """Where a city's partitions lie."""

    city: str
    store: Store


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A partition in force, as the manifest of its month names it; ``manifest`` is its digest."""

    lake: CityLake
    fact: str
    month: date
    key: str
    sha256: str
    rows: int
    columns: dict[str, str]
    stocks: tuple[Stock, ...]
    manifest: str

    @property
    def holds(self) -> frozenset[str]:
        """What can be asked of it: its columns, and the marks of its stocks."""
        return frozenset({*self.columns, *(stock.flag for stock in self.stocks)})

    @property
    def city(self) -> str:
        return self.lake.city


def lake_at(city: str, address: str) -> CityLake:
    """The lake of that city: a folder, or s3://bucket/lake?region=…. Raises CityInvalid."""
    if not _CITY.fullmatch(city) or not address:
        raise CityInvalid(
            "lake.city_invalid",
            _("看不懂「%(text)s」。請寫成 城市=資料湖，例如 kaohsiung=/lakes/kaohsiung。")
            % {"text": f"{city}={address}"[:80]},
            "lake",
        )
    return CityLake(city, stores.store_of(city, address))


def kept_in(lake: CityLake) -> list[Kept]:
    """What is in force of every closed month, by month and fact. Raises CityUnreadable."""
    try:
        manifests = _manifests(lake)
        found = [one for key in manifests for one in _kept(lake, key, manifests[key])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(lake, str(error)) from error
    if not found:
        raise _unreadable(lake, _("裡面沒有已結帳的月份"))
    return sorted(found, key=lambda one: (one.month, one.fact))


def _manifests(lake: CityLake) -> dict[str, dict[str, Any]]:
    """Key → manifest of each month: that of its last restatement."""
    months: dict[str, list[tuple[int, str, dict[str, Any]]]] = {}
    for key in sorted(lake.store.contents()):
        if not _MANIFEST.fullmatch(key):
            continue
        manifest = json.loads(lake.store.content(key))
        revision = int(manifest.get("restatement", 0))
        months.setdefault(manifest["month"], []).append((revision, key, manifest))
    latest = {}
    for month, found in months.items():
        last = max(revision for revision, _key, _manifest in found)
        [(key, manifest), *others] = [(key, m) for revision, key, m in found if revision == last]
        if others:
            raise _unreadable(lake, _("%(month)s 有兩份清單") % {"month": month})
        latest[key] = manifest
    return latest


def _kept(lake: CityLake, key: str, manifest: dict[str, Any]) -> Iterator[Kept]:
    named = _MANIFEST.fullmatch(key)
    facts = manifest["facts"]
    digest = manifest_digest(facts)
    if named is None or named[3] != digest or manifest["month"] != f"{named[1]}-{named[2]}":
        raise _unreadable(lake, _("清單 %(key)s 和它的 SHA-256 不同") % {"key": key})
    month = date(int(named[1]), int(named[2]), 1)
    for fact in facts:
        if not _FACT.fullmatch(fact["fact"]) or fact["key"] != path_of(
            fact["fact"], manifest["month"], fact["sha256"]
        ):
            raise _unreadable(lake, _("清單 %(key)s 寫的封存檔位置不對") % {"key": key})
        yield Kept(
            lake, fact["fact"], month, fact["key"], fact["sha256"], fact["rows"], fact["columns"],
            tuple(Stock(*pair) for pair in fact["stocks"]), digest,
        )  # fmt: skip


def local_file(kept: Kept) -> LocalFile:
    """The partition, fetched where it lies far away and compared with its checksum.

    Raises CityUnreadable.
    """
    try:
        path = kept.lake.store.local(kept.key)
    except OSError as error:
        raise _unreadable(kept.lake, str(error)) from error
    if path.stem != kept.sha256 or not stores.is_whole(path):
        what = _("封存檔 %(key)s 和它的 SHA-256 不同") % {"key": kept.key}
        raise _unreadable(kept.lake, what)
    return LocalFile(path, kept.columns, kept.stocks, kept.city)


def _unreadable(lake: CityLake, why: str) -> CityUnreadable:
    return CityUnreadable(
        "lake.city_unreadable",
        _("%(city)s 的資料湖讀不到：%(why)s。請確認位置與金鑰，或請該市執行 yankao verify。")
        % {"city": lake.city, "why": why},
        "lake",
    )
