"""City packs as the loader reads them, for tests about packs."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from yankao.base.packs import Row, read_city, read_table
from yankao.departments.service.dispatch import rules as dispatch

ROOT = Path(__file__).resolve().parents[1]
PACKS = sorted(path.parent for path in ROOT.glob("citypacks/*/city.toml"))


@dataclass(frozen=True)
class Pack:
    """A city pack as the loader reads it."""

    folder: Path

    @cached_property
    def city(self) -> dict[str, Any]:
        return read_city(self.folder)

    @cached_property
    def items(self) -> list[Row]:
        return self.table("dispatch_items.csv")

    @cached_property
    def routes(self) -> list[dispatch.RouteRow]:
        names = ("item", "group", "district", "agency", "unit")
        return [
            dispatch.RouteRow(**{name: row[name] or None for name in names})
            for row in self.table("dispatch_routes.csv")
        ]

    def table(self, name: str) -> list[Row]:
        return read_table(self.folder, name)

    def codes(self, name: str, column: str = "code") -> list[str]:
        return [row[column] for row in self.table(name)]

    def agency_for(self, item: str, district: str | None) -> str:
        """Short name of the agency that gets an item (by its name) in a district (by its name)."""
        [found] = [row for row in self.items if row["name"] == item]
        codes = {row["name"]: row["code"] for row in self.table("districts.csv")}
        route = dispatch.route_for(
            self.routes,
            item=found["code"],
            group=found["group"],
            district=codes[district] if district else None,
        )
        assert route is not None
        agencies = self.table("agencies.csv")
        return next(row["short_name"] for row in agencies if row["code"] == route.agency)
