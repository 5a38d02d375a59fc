"""The city's real boundaries, loaded once a test that asks for them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from yankao.base import packs
from yankao.base.actors import system_actor
from yankao.kernel.places import services

AT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
PACK = system_actor("city-pack")


@pytest.fixture(scope="session")
def drawn() -> dict[str, Any]:
    """The built GeoJSON of districts and villages."""
    folder = Path(settings.YANKAO_ASSETS) / "places"
    paths = {name: folder / f"kaohsiung-{name}.geojson" for name in ("districts", "villages")}
    if not all(path.is_file() for path in paths.values()):
        pytest.skip("the boundaries are not built: make assets")
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items()}


@pytest.fixture(scope="session")
def district_rows() -> list[packs.Row]:
    """The pack's districts.csv."""
    return packs.read_table(settings.BASE_DIR / "citypacks" / "kaohsiung", "districts.csv")


@pytest.fixture
def city(db: None, drawn: dict[str, Any], district_rows: list[packs.Row]) -> int:
    """All districts and villages in the database; the number of districts."""
    return services.load_districts(district_rows, actor=PACK, at=AT)
