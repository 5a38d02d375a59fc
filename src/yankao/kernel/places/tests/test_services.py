"""Loading the pack's districts with the drawn boundaries."""

import copy
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from yankao.base.packs import Row
from yankao.kernel.places import queries, services
from yankao.kernel.places.models import District, Edition, Village
from yankao.kernel.places.tests.conftest import AT, PACK
from yankao.kernel.trail.queries import history_of

pytestmark = pytest.mark.django_db


def square(lng: float, lat: float) -> dict[str, Any]:
    ring = [[lng, lat], [lng + 0.01, lat], [lng + 0.01, lat + 0.01], [lng, lat + 0.01], [lng, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def village(code: str, name: str, lng: float) -> dict[str, Any]:
    return {
        "properties": {"VILLCODE": code, "VILLNAME": name, "TOWNCODE": code[:2]},
        "geometry": square(lng, 22.6),
    }


TOY: dict[str, list[dict[str, Any]]] = {
    "districts": [{"properties": {"TOWNCODE": "01"}, "geometry": square(120.3, 22.6)}],
    "villages": [village("01001", "甲里", 120.3), village("01002", "乙里", 120.31)],
}
ROWS: list[Row] = [{"code": "01", "name": "一區", "name_en": "First District"}]


@pytest.fixture
def assets(tmp_path: Path) -> Any:
    """Writes the two files of a toy city where the settings look for them."""
    (tmp_path / "places").mkdir()

    def write(toy: dict[str, list[dict[str, Any]]]) -> None:
        for name, features in toy.items():
            path = tmp_path / "places" / f"toy-{name}.geojson"
            path.write_text(json.dumps({"features": features}), encoding="utf-8")

    with override_settings(YANKAO_ASSETS=tmp_path, CITY={"code": "toy"}):
        yield write


def load(rows: list[Row] = ROWS, days: int = 0) -> int:
    return services.load_districts(rows, actor=PACK, at=AT + timedelta(days=days))


def test_loading_stores_places_and_says_so(assets: Any) -> None:
    assets(TOY)
    assert load() == 1
    [district] = queries.districts()
    assert (district.name, district.name_en) == ("一區", "First District")
    assert [v.name for v in queries.villages_of("01")] == ["甲里", "乙里"]
    [line] = history_of(services.EDITION)
    assert line.new["villages"] == 2


def test_again_writes_nothing(assets: Any) -> None:
    assets(TOY)
    load()
    load(days=1)
    assert Edition.objects.get().loaded_at == AT
    assert len(history_of(services.EDITION)) == 1


def test_a_village_no_longer_drawn_ends_and_its_name_can_be_used_again(assets: Any) -> None:
    assets(TOY)
    load()
    later = copy.deepcopy(TOY)
    later["villages"] = [village("01001", "甲里", 120.3), village("01003", "乙里", 120.31)]
    assets(later)
    load(days=30)
    assert Village.objects.get(code="01002").in_force_to == date(2026, 4, 3)
    assert [v.code for v in queries.villages_of("01")] == ["01001", "01003"]
    assert queries.locate(lat=22.605, lng=120.315).village_code == "01003"


def test_a_village_drawn_again_comes_back(assets: Any) -> None:
    assets(TOY)
    load()
    assets({**TOY, "villages": TOY["villages"][:1]})
    load(days=1)
    assets(TOY)
    load(days=2)
    assert len(queries.villages_of("01")) == 2


def test_another_edition_replaces_the_index_in_memory(assets: Any) -> None:
    assets(TOY)
    load()
    assert queries.locate(lat=22.605, lng=120.305).village_code == "01001"
    moved = {
        "districts": [{"properties": {"TOWNCODE": "01"}, "geometry": square(121.3, 22.6)}],
        "villages": [village("01001", "甲里", 121.3)],
    }
    assets(moved)
    load(days=1)
    assert queries.locate(lat=22.605, lng=120.305) is None
    assert queries.locate(lat=22.605, lng=121.305).village_code == "01001"


def test_without_built_boundaries_it_says_what_to_do(assets: Any) -> None:
    with pytest.raises(services.BoundariesMissing, match="make assets"):
        load()
    assert not District.objects.exists()


def test_an_empty_table_needs_no_boundaries(assets: Any) -> None:
    assert load([]) == 0


def contradictions() -> list[tuple[str, dict[str, Any], list[Row]]]:
    second = {"code": "02", "name": "二區", "name_en": "Second District"}
    stray = {**TOY, "villages": [*TOY["villages"], village("09001", "外里", 120.4)]}
    twice = {**TOY, "villages": [*TOY["villages"], TOY["villages"][0]]}
    shapeless = {**TOY, "districts": [{"geometry": None}]}
    return [
        ("02", TOY, [*ROWS, second]),
        ("01", TOY, [second]),
        ("01", TOY, [*ROWS, *ROWS]),
        ("09001", stray, ROWS),
        ("01001", twice, ROWS),
        ("讀不懂", shapeless, ROWS),
        ("第 2 行", TOY, [{"code": "01", "name": "一區", "name_en": " "}]),
    ]


@pytest.mark.parametrize(("named", "toy", "rows"), contradictions())
def test_contradictions_are_refused_by_name(
    assets: Any, named: str, toy: dict[str, Any], rows: list[Row]
) -> None:
    assets(toy)
    with pytest.raises(services.PlacesRefused, match=named):
        load(rows)
    assert not District.objects.exists()
