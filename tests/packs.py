"""City packs as the loader reads them, for tests about packs."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.base.packs import Row, read_city, read_table
from yankao.departments.service.dispatch import rules as dispatch
from yankao.kernel.notices import services as notices
from yankao.kernel.notices.models import Template

ROOT = Path(__file__).resolve().parents[1]
PACKS = sorted(path.parent for path in ROOT.glob("citypacks/*/city.toml"))

_texts: list[dict[str, Any]] = []


def load_texts() -> None:
    """Store the pack's notices; read and checked once in a process, since many tests need them."""
    if _texts:
        Template.objects.bulk_create(Template(**row) for row in _texts)
        return
    rows = read_table(Path(settings.YANKAO_CITY), "notices/")
    notices.load_templates(rows, actor=system_actor("city-pack"), at=NOW)
    _texts.extend({**row, "id": None} for row in Template.objects.order_by("id").values())


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
