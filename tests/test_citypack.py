"""Every city pack fits together: each reference leads somewhere, each case finds an agency."""

import csv
import re
import tomllib
from collections import Counter, defaultdict
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from tests.packs import PACKS, ROOT, Pack
from yankao.base.packs import read_city
from yankao.departments.data.dashboard import queries as dashboard
from yankao.departments.service.dispatch import rules as dispatch
from yankao.departments.service.dispatch.services import FORMATS
from yankao.departments.service.knowledge.rules import imports as faq
from yankao.kernel.figures import queries as figures

CERTAINTIES = {"L", "S", "K", "?"}
AA_TEXT = 4.5
HOUSE: dict[str, dict[str, str]] = read_city(ROOT / "citypacks" / "kaohsiung")["colours"]
"""What a pack without colours of its own wears."""


@pytest.fixture(scope="module", params=PACKS, ids=lambda folder: folder.name)
def pack(request: pytest.FixtureRequest) -> Pack:
    """Each city pack in turn."""
    return Pack(request.param)


# --- shape ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    sorted(ROOT.glob("citypacks/*/*.csv")),
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_tables_are_plain(path: Path) -> None:
    """UTF-8 without a mark, no stray spaces, every row as wide as the header, no name twice."""
    text = path.read_text(encoding="utf-8")
    assert not text.startswith("\ufeff")
    assert text.endswith("\n")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        assert None not in row
        assert None not in row.values()
        assert all(cell == cell.strip(" \t") for cell in row.values())


@pytest.mark.parametrize(
    "name",
    ["districts.csv", "agencies.csv", "units.csv", "dispatch_groups.csv", "dispatch_items.csv"],
)
def test_codes_are_unique_and_fit_their_column(pack: Pack, name: str) -> None:
    found = pack.codes(name)
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
def test_every_row_says_how_certain_it_is(pack: Pack, name: str, column: str) -> None:
    assert set(pack.codes(name, column)) <= CERTAINTIES


def test_every_file_is_explained(pack: Pack) -> None:
    readme = (pack.folder / "README.md").read_text(encoding="utf-8")
    for path in pack.folder.iterdir():
        if path.name != "README.md":
            assert path.name in readme, f"README.md says nothing about {path.name}"


# --- places, agencies, units ------------------------------------------------------------------


def test_districts_are_the_county_s(pack: Pack) -> None:
    rows = pack.table("districts.csv")
    assert rows
    assert all(row["code"].startswith(pack.city["county_code"]) for row in rows)
    assert all(row["name_en"].endswith(" District") for row in rows)


def test_the_tree_of_agencies_has_levels_and_no_loose_ends(pack: Pack) -> None:
    rows = {row["code"]: row for row in pack.table("agencies.csv")}
    levels = {"government": "0", "first": "1", "district": "1", "partner": "1", "second": "2"}
    for row in rows.values():
        assert row["level"] == levels[row["kind"]]
        above = rows[row["parent"]]["kind"] if row["parent"] else None
        assert above == {"government": None, "partner": None, "second": "first"}.get(
            row["kind"], "government"
        )
    for column in ("name", "short_name", "name_en"):
        assert len({row[column] for row in rows.values()}) == len(rows)


def test_every_district_has_its_office(pack: Pack) -> None:
    offices = {row["name"] for row in pack.table("agencies.csv") if row["kind"] == "district"}
    assert offices == {
        f"{pack.city['name']}{row['name']}公所" for row in pack.table("districts.csv")
    }


def test_units_belong_to_agencies(pack: Pack) -> None:
    agencies = set(pack.codes("agencies.csv"))
    names = defaultdict(list)
    for row in pack.table("units.csv"):
        assert row["agency"] in agencies, row
        assert row["code"].startswith(row["agency"] + "-")
        names[row["agency"]].append(row["name"])
    assert all(len(set(list_)) == len(list_) for list_ in names.values())


# --- dispatch ---------------------------------------------------------------------------------


def test_every_group_has_items(pack: Pack) -> None:
    groups = pack.codes("dispatch_groups.csv")
    assert {item["group"] for item in pack.items} == set(groups)
    assert all(row["name"] and row["icon"] for row in pack.table("dispatch_groups.csv"))
    assert len({(item["group"], item["name"]) for item in pack.items}) == len(pack.items)


def test_what_citizens_choose_is_named_once_and_in_their_words(pack: Pack) -> None:
    public = [item for item in pack.items if item["public"] == "true"]
    assert {item["public"] for item in pack.items} <= {"true", "false"}
    assert len({item["plain_name"] for item in public}) == len(public)
    assert {item["group"] for item in public} == set(pack.codes("dispatch_groups.csv"))


def test_values_of_items_are_readable(pack: Pack) -> None:
    terms = set(pack.codes("terms.csv", "key"))
    for item in pack.items:
        assert item["term"] in terms
        assert item["danger_class"] in {"immediate", "hazard", "nuisance", ""}
        assert 0 <= int(item["duplicate_radius_m"]) <= 500
        assert 0 <= int(item["duplicate_days"]) <= 30
        date.fromisoformat(item["in_force_from"])


def test_icons_are_slugs(pack: Pack) -> None:
    icons = {row["icon"] for row in [*pack.items, *pack.table("dispatch_groups.csv")]} - {""}
    assert all(re.fullmatch(r"[a-z]+", icon) for icon in icons)


def test_routes_name_what_exists(pack: Pack) -> None:
    known = {
        "item": set(pack.codes("dispatch_items.csv")),
        "group": set(pack.codes("dispatch_groups.csv")),
        "district": set(pack.codes("districts.csv")),
        "agency": set(pack.codes("agencies.csv")),
        "unit": set(pack.codes("units.csv")),
    }
    for route in pack.routes:
        assert (route.item is None) != (route.group is None), route
        for name, there in known.items():
            assert getattr(route, name) is None or getattr(route, name) in there, route


def test_a_route_s_unit_is_of_its_agency(pack: Pack) -> None:
    agency_of = {row["code"]: row["agency"] for row in pack.table("units.csv")}
    assert [r for r in pack.routes if r.unit and agency_of[r.unit] != r.agency] == []


def test_every_item_in_every_district_finds_one_agency(pack: Pack) -> None:
    """Also where the district is unknown; never by chance between two equally specific lines."""
    assert len({(r.item, r.group, r.district) for r in pack.routes}) == len(pack.routes)
    for item, district in product(pack.items, [*pack.codes("districts.csv"), None]):
        found = dispatch.route_for(
            pack.routes, item=item["code"], group=item["group"], district=district
        )
        assert found is not None, (item["name"], district)


def test_imports_name_items_taken(pack: Pack) -> None:
    in_force = {item["code"] for item in pack.items if not item["in_force_to"]}
    for source, mapping in pack.city.get("imports", {}).items():
        if source == faq.FORMAT:
            continue
        assert source in FORMATS
        named = {*mapping.get("items", {}).values(), *filter(None, [mapping.get("item")])}
        assert named
        assert named <= in_force


def test_imported_questions_find_agency_and_category(pack: Pack) -> None:
    mapping = pack.city.get("imports", {}).get(faq.FORMAT, {})
    assert {*mapping.get("agencies", {}).values()} <= {*pack.codes("agencies.csv")}
    categories = {*mapping.get("categories", {}).values()}
    assert categories <= {*pack.codes("knowledge_categories.csv")}


# --- texts ------------------------------------------------------------------------------------


def test_every_city_sends_the_same_notices(pack: Pack) -> None:
    """A notice no pack may lack belongs into citypacks/common/notices."""
    keys = [tomllib.loads(row["toml"])["key"] for row in pack.table("notices/")]
    assert len(set(keys)) == len(keys)
    assert set(keys) == {
        tomllib.loads(file.read_text(encoding="utf-8"))["key"]
        for file in ROOT.glob("citypacks/*/notices/*.toml")
    }


def test_the_terms_the_program_asks_for_are_there(pack: Pack) -> None:
    keys = set(pack.codes("terms.csv", "key"))
    assert {"dispatch.verify", "dispatch.extension"} <= keys


# --- city.toml --------------------------------------------------------------------------------


def test_the_city_says_what_every_page_needs(pack: Pack) -> None:
    assert pack.city["code"] == pack.folder.name
    for key in ("name", "name_en", "phone", "phone_outside", "number_prefix", "jurisdiction_id"):
        assert pack.city[key]
    west, south, east, north = pack.city["bbox"]
    assert west < pack.city["map"]["lng"] < east
    assert south < pack.city["map"]["lat"] < north


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
def test_text_can_be_read(pack: Pack, theme: str, text: str, ground: str) -> None:
    colours = pack.city.get("colours", HOUSE)[theme]
    assert contrast(colours[text], colours[ground]) >= AA_TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_stylesheet_wears_the_city_s_colours(pack: Pack, theme: str) -> None:
    tokens = (ROOT / "frontend/src/scss/_tokens.scss").read_text(encoding="utf-8")
    [block] = re.findall(rf"^\${theme}: \((.*?)^\);", tokens, flags=re.S | re.M)
    worn = dict(re.findall(r'"([\w-]+)": (#[0-9a-f]{6})', block))
    for name, colour in pack.city.get("colours", HOUSE)[theme].items():
        assert worn[name] == colour, name


# --- dashboard --------------------------------------------------------------------------------


def test_topics_name_figures_that_are_there(pack: Pack) -> None:
    """A figure that is gone is said on the page; a pack does not begin with one."""
    known = {figure.name for figure in figures.figures()}
    maps = {figure.name for figure in dashboard.mappable()}
    classes = pack.codes("dashboard_classes.csv")
    for row in pack.table("dashboard_topics.csv"):
        assert row["class"] in classes
        assert {*row["figures"].split(), *filter(None, [row["target_figure"]])} <= known
        assert row["map"] in {"", *maps}
        assert bool(row["target"]) == bool(row["target_figure"]) == bool(row["target_source"])
