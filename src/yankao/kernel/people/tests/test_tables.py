"""Loading agencies and units from the city pack."""

import pytest

from tests.cast import NOW
from yankao.base.actors import system_actor
from yankao.base.subjects import Subject
from yankao.kernel.people import queries, services
from yankao.kernel.trail import queries as trail

PACK = system_actor("city-pack")
AGENCIES = [
    {"code": "B", "name": "工務局養護工程處", "short_name": "養工處", "parent": "A", "level": ""},
    {"code": "A", "name": "工務局", "short_name": "", "parent": "", "in_force_from": "2010-12-25"},
]
UNITS = [{"code": "B-1", "agency": "B", "name": "路面科", "name_en": "Pavement"}]

pytestmark = pytest.mark.django_db


def load(rows: list[dict[str, str]]) -> int:
    return services.load_agencies(rows, actor=PACK, at=NOW)


def test_agencies_load_in_any_order_and_count_their_own_level() -> None:
    assert load(AGENCIES) == 2
    office = queries.agency("B")
    assert (office.parent, office.level, office.short_name) == ("A", 2, "養工處")
    assert queries.agency("A").short_name == "工務局"
    assert queries.agency_named("養護工程處") == office
    assert queries.agencies_below("A") == {"A", "B"}


def test_a_level_given_in_the_pack_is_kept() -> None:
    load([{"code": "CITY", "name": "市政府", "level": "0"}])
    assert queries.agency("CITY").level == 0


def test_loading_again_changes_nothing_and_leaves_no_second_trace() -> None:
    load(AGENCIES)
    load(AGENCIES)
    assert len(trail.history_of(Subject("kernel.people.agencies", 0))) == 1


def test_a_changed_row_is_updated_and_named_in_the_trail() -> None:
    load(AGENCIES)
    load([{**AGENCIES[1], "in_force_to": "2026-12-31"}])
    last = trail.history_of(Subject("kernel.people.agencies", 0))[-1]
    assert last.new == {"rows": ["A"]}
    assert [a.code for a in queries.agencies(on=NOW.date().replace(year=2027))] == ["B"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"code": "", "name": "無"}, "缺少「code」"),
        ({"code": "C", "name": ""}, "缺少「name」"),
        ({"code": "C", "name": "丙", "parent": "X"}, "「X」不存在"),
        ({"code": "A", "name": "工務局", "parent": "B"}, "自己的上級"),
        ({"code": "A", "name": "工務局", "parent": "A"}, "自己的上級"),
        ({"code": "C", "name": "丙", "in_force_from": "99/1/1"}, "不是日期"),
    ],
)
def test_rows_that_cannot_be_are_refused_with_their_line(row: dict[str, str], says: str) -> None:
    load(AGENCIES)
    with pytest.raises(services.TableRefused) as refused:
        load([row])
    assert says in refused.value.message
    assert "第 2 行" in refused.value.message


def test_units_belong_to_known_agencies() -> None:
    load(AGENCIES)
    services.load_units(UNITS, actor=PACK, at=NOW)
    assert [unit.name for unit in queries.units_of("B")] == ["路面科"]
    with pytest.raises(services.TableRefused):
        services.load_units([{"code": "X-1", "agency": "X", "name": "無"}], actor=PACK, at=NOW)
