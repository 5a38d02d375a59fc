"""The city pack fits together: every reference leads somewhere, every case finds an agency."""

import re
import tomllib
from collections import Counter, defaultdict
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from yankao.base.packs import Row, read_table
from yankao.departments.service.dispatch import rules as dispatch

ROOT = Path(__file__).resolve().parents[1]
PACK = ROOT / "citypacks" / "kaohsiung"
CERTAINTIES = {"L", "S", "K", "?"}
AA_TEXT = 4.5


def table(name: str) -> list[Row]:
    return read_table(PACK, name)


def codes(name: str, column: str = "code") -> list[str]:
    return [row[column] for row in table(name)]


@pytest.fixture(scope="module")
def city() -> dict[str, Any]:
    return tomllib.loads((PACK / "city.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def items() -> list[Row]:
    return table("dispatch_items.csv")


@pytest.fixture(scope="module")
def routes() -> list[dispatch.RouteRow]:
    names = ("item", "group", "district", "agency", "unit")
    return [
        dispatch.RouteRow(**{name: row[name] or None for name in names})
        for row in table("dispatch_routes.csv")
    ]


# --- shape ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(PACK.glob("*.csv")), ids=lambda path: path.name)
def test_tables_are_plain(path: Path) -> None:
    """UTF-8 without a mark, no stray spaces, every row as wide as the header, no name twice."""
    text = path.read_text(encoding="utf-8")
    assert not text.startswith("\ufeff")
    assert text.endswith("\n")
    for row in table(path.name):
        assert None not in row
        assert None not in row.values()
        assert all(cell == cell.strip(" \t") for cell in row.values())


@pytest.mark.parametrize(
    "name",
    ["districts.csv", "agencies.csv", "units.csv", "dispatch_groups.csv", "dispatch_items.csv"],
)
def test_codes_are_unique_and_fit_their_column(name: str) -> None:
    found = codes(name)
    assert [code for code, times in Counter(found).items() if times > 1] == []
    assert all(re.fullmatch(r"[A-Za-z0-9-]{1,32}", code) for code in found)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("agencies.csv", "certainty"),
        ("units.csv", "certainty"),
        ("dispatch_items.csv", "term_certainty"),
        ("dispatch_routes.csv", "certainty"),
    ],
)
def test_every_row_says_how_certain_it_is(name: str, column: str) -> None:
    assert set(codes(name, column)) <= CERTAINTIES


def test_every_file_is_explained() -> None:
    readme = (PACK / "README.md").read_text(encoding="utf-8")
    for path in PACK.iterdir():
        if path.name != "README.md":
            assert path.name in readme, f"README.md says nothing about {path.name}"


# --- places, agencies, units ------------------------------------------------------------------


def test_thirty_eight_districts(city: dict[str, Any]) -> None:
    rows = table("districts.csv")
    assert len(rows) == 38
    assert all(row["code"].startswith(city["county_code"]) for row in rows)
    assert all(row["name"].endswith("區") for row in rows)
    assert all(row["name_en"].endswith(" District") for row in rows)


def test_agencies_by_kind() -> None:
    kinds = Counter(codes("agencies.csv", "kind"))
    assert kinds == {"government": 1, "first": 33, "second": 4, "district": 38, "partner": 6}


def test_the_tree_of_agencies_has_levels_and_no_loose_ends() -> None:
    rows = {row["code"]: row for row in table("agencies.csv")}
    levels = {"government": "0", "first": "1", "district": "1", "partner": "1", "second": "2"}
    for row in rows.values():
        assert row["level"] == levels[row["kind"]]
        above = rows[row["parent"]]["kind"] if row["parent"] else None
        assert above == {"government": None, "partner": None, "second": "first"}.get(
            row["kind"], "government"
        )
    for column in ("name", "short_name", "name_en"):
        assert len({row[column] for row in rows.values()}) == len(rows)


def test_every_district_has_its_office() -> None:
    offices = {row["name"] for row in table("agencies.csv") if row["kind"] == "district"}
    assert offices == {f"高雄市{row['name']}公所" for row in table("districts.csv")}


def test_units_belong_to_agencies() -> None:
    agencies = set(codes("agencies.csv"))
    names = defaultdict(list)
    for row in table("units.csv"):
        assert row["agency"] in agencies, row
        assert row["code"].startswith(row["agency"] + "-")
        names[row["agency"]].append(row["name"])
    assert all(len(set(list_)) == len(list_) for list_ in names.values())


# --- dispatch ---------------------------------------------------------------------------------


def test_ninety_six_items_in_twelve_groups(items: list[Row]) -> None:
    groups = codes("dispatch_groups.csv")
    assert len(items) == 96
    assert len(groups) == 12
    assert {item["group"] for item in items} == set(groups)
    assert all(row["name"] and row["icon"] for row in table("dispatch_groups.csv"))
    assert len({(item["group"], item["name"]) for item in items}) == 96


def test_what_citizens_choose_is_named_once_and_in_their_words(items: list[Row]) -> None:
    public = [item for item in items if item["public"] == "true"]
    assert {item["public"] for item in items} == {"true", "false"}
    assert len({item["plain_name"] for item in public}) == len(public)
    assert {item["group"] for item in public} == set(codes("dispatch_groups.csv"))
    inside = re.compile(r"[（(][一二][）)]|養工|公所|台電|中華|欣高|-")
    assert [i["plain_name"] for i in items if inside.search(i["plain_name"])] == []
    assert [i["name"] for i in public if re.search(r"[（(]二[）)]|-", i["name"])] == []


def test_the_test_item_is_kept_but_retired(items: list[Row]) -> None:
    [test_item] = [item for item in items if "測試" in item["name"]]
    assert test_item["public"] == "false"
    assert date.fromisoformat(test_item["in_force_to"]) < date(2018, 1, 1)
    assert [item["code"] for item in items if item["in_force_to"]] == [test_item["code"]]


def test_values_of_items_are_readable(items: list[Row]) -> None:
    terms = set(codes("terms.csv", "key"))
    for item in items:
        assert item["term"] in {"dispatch.4h", "dispatch.24h"}
        assert item["term"] in terms
        assert item["danger_class"] in {"immediate", "hazard", "nuisance", ""}
        assert item["danger_class"] != "immediate" or item["term"] == "dispatch.4h"
        assert 0 <= int(item["duplicate_radius_m"]) <= 500
        assert 0 <= int(item["duplicate_days"]) <= 30
        date.fromisoformat(item["in_force_from"])


def test_the_dangers_the_city_named_are_handled_in_four_hours(items: list[Row]) -> None:
    """坑洞、路樹傾倒、路燈故障、地下道及路面積水、號誌故障 (report of 108)."""
    named = re.compile("路面坑洞|路樹傾倒|路燈故障|路面積水|號誌故障")
    told = [item for item in items if named.search(item["name"])]
    assert len(told) == 11
    assert {(item["term"], item["term_certainty"]) for item in told} == {("dispatch.4h", "K")}
    assert [i for i in items if i["term_certainty"] == "K" and i not in told] == []


def test_icons_are_slugs(items: list[Row]) -> None:
    icons = {row["icon"] for row in [*items, *table("dispatch_groups.csv")]} - {""}
    assert all(re.fullmatch(r"[a-z]+", icon) for icon in icons)


def test_routes_name_what_exists(routes: list[dispatch.RouteRow]) -> None:
    known = {
        "item": set(codes("dispatch_items.csv")),
        "group": set(codes("dispatch_groups.csv")),
        "district": set(codes("districts.csv")),
        "agency": set(codes("agencies.csv")),
        "unit": set(codes("units.csv")),
    }
    for route in routes:
        assert (route.item is None) != (route.group is None), route
        for name, there in known.items():
            assert getattr(route, name) is None or getattr(route, name) in there, route


def test_a_route_s_unit_is_of_its_agency(routes: list[dispatch.RouteRow]) -> None:
    agency_of = {row["code"]: row["agency"] for row in table("units.csv")}
    assert [r for r in routes if r.unit and agency_of[r.unit] != r.agency] == []


def test_every_item_in_every_district_finds_one_agency(
    items: list[Row], routes: list[dispatch.RouteRow]
) -> None:
    """Also where the district is unknown; never by chance between two equally specific lines."""
    assert len({(r.item, r.group, r.district) for r in routes}) == len(routes)
    for item, district in product(items, [*codes("districts.csv"), None]):
        found = dispatch.route_for(
            routes, item=item["code"], group=item["group"], district=district
        )
        assert found is not None, (item["name"], district)


def agency_for(routes: list[dispatch.RouteRow], items: list[Row], name: str, district: str) -> str:
    [item] = [item for item in items if item["name"] == name]
    [code] = [row["code"] for row in table("districts.csv") if row["name"] == district]
    found = dispatch.route_for(routes, item=item["code"], group=item["group"], district=code)
    assert found is not None
    return next(row["short_name"] for row in table("agencies.csv") if row["code"] == found.agency)


@pytest.mark.parametrize(
    ("name", "district", "agency"),
    [
        ("路面坑洞(一)", "苓雅區", "養工處"),
        ("公所-路燈故障(二)", "美濃區", "美濃區公所"),
        ("公所-路樹傾倒(二)", "那瑪夏區", "那瑪夏區公所"),
        ("養工-路燈故障(二)", "美濃區", "養工處"),
        ("省道破損", "甲仙區", "公路局南區分局"),
        ("台電-孔蓋鬆動", "三民區", "台電高雄區處"),
        ("台電-孔蓋鬆動", "岡山區", "台電鳳山區處"),
        ("停電", "旗山區", "台電鳳山區處"),
        ("中華-路面填補不實", "小港區", "中華電信"),
        ("停水", "左營區", "台水七區處"),
        ("號誌故障", "鳳山區", "交通局"),
        ("違規停車", "旗津區", "警察局"),
        ("攻擊性流浪犬捕捉", "林園區", "動保處"),
        ("瓦斯外洩", "前金區", "消防局"),
        ("欣高-孔蓋鬆動", "前金區", "欣高"),
    ],
)
def test_who_handles_what(
    routes: list[dispatch.RouteRow], items: list[Row], name: str, district: str, agency: str
) -> None:
    assert agency_for(routes, items, name, district) == agency


def test_an_import_names_an_item_in_force(city: dict[str, Any], items: list[Row]) -> None:
    code = city["imports"]["kaohsiung-pothole"]["item"]
    [item] = [item for item in items if item["code"] == code]
    assert item["name"].startswith("路面坑洞")
    assert date.fromisoformat(item["in_force_from"]) <= date(2017, 1, 2), "the first record's day"
    assert not item["in_force_to"]


# --- city.toml --------------------------------------------------------------------------------


def test_the_city_says_what_every_page_needs(city: dict[str, Any]) -> None:
    assert city["code"] == PACK.name
    for key in ("name", "name_en", "phone", "phone_outside", "number_prefix", "jurisdiction_id"):
        assert city[key]
    west, south, east, north = city["bbox"]
    assert west < city["map"]["lng"] < east
    assert south < city["map"]["lat"] < north


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_the_guideline_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("on-brand", "brand"),
        ("on-accent", "accent"),
        ("ink", "paper"),
        ("quiet", "paper"),
        ("link", "paper"),
    ],
)
def test_text_can_be_read(city: dict[str, Any], theme: str, text: str, ground: str) -> None:
    colours = city["colours"][theme]
    assert contrast(colours[text], colours[ground]) >= AA_TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_stylesheet_wears_the_city_s_colours(city: dict[str, Any], theme: str) -> None:
    tokens = (ROOT / "frontend/src/scss/_tokens.scss").read_text(encoding="utf-8")
    [block] = re.findall(rf"^\${theme}: \((.*?)^\);", tokens, flags=re.S | re.M)
    worn = dict(re.findall(r'"([\w-]+)": (#[0-9a-f]{6})', block))
    for name, colour in city["colours"][theme].items():
        assert worn[name] == colour, name
