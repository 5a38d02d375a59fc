"""What we know of Kaohsiung, beyond what holds for every city (test_citypack.py)."""

import re
from collections import Counter
from datetime import date

import pytest

from tests.packs import ROOT, Pack

KAOHSIUNG = Pack(ROOT / "citypacks" / "kaohsiung")


def test_how_many() -> None:
    assert len(KAOHSIUNG.codes("districts.csv")) == 38
    kinds = Counter(KAOHSIUNG.codes("agencies.csv", "kind"))
    assert kinds == {"government": 1, "first": 33, "second": 4, "district": 38, "partner": 6}
    assert len(KAOHSIUNG.items) == 96
    assert len(KAOHSIUNG.codes("dispatch_groups.csv")) == 12


def test_citizens_do_not_see_internal_sorting() -> None:
    public = [item for item in KAOHSIUNG.items if item["public"] == "true"]
    inside = re.compile(r"[（(][一二][）)]|養工|公所|台電|中華|欣高|-")
    assert [i["plain_name"] for i in KAOHSIUNG.items if inside.search(i["plain_name"])] == []
    assert [i["name"] for i in public if re.search(r"[（(]二[）)]|-", i["name"])] == []
    assert len(public) == 52


def test_the_test_item_is_kept_but_retired() -> None:
    [test_item] = [item for item in KAOHSIUNG.items if "測試" in item["name"]]
    assert test_item["public"] == "false"
    assert date.fromisoformat(test_item["in_force_to"]) < date(2018, 1, 1)
    retired = [item["code"] for item in KAOHSIUNG.items if item["in_force_to"]]
    assert retired == [test_item["code"]]


def test_the_dangers_the_city_named_are_handled_in_four_hours() -> None:
    """坑洞、路樹傾倒、路燈故障、地下道及路面積水、號誌故障 (report of 108)."""
    named = re.compile("路面坑洞|路樹傾倒|路燈故障|路面積水|號誌故障")
    told = [item for item in KAOHSIUNG.items if named.search(item["name"])]
    assert len(told) == 11
    assert {(item["term"], item["term_certainty"]) for item in told} == {("dispatch.4h", "K")}
    assert [i for i in KAOHSIUNG.items if i["term_certainty"] == "K" and i not in told] == []
    urgent = [item for item in KAOHSIUNG.items if item["danger_class"] == "immediate"]
    assert {item["term"] for item in urgent} == {"dispatch.4h"}
    assert {item["term"] for item in KAOHSIUNG.items} == {"dispatch.4h", "dispatch.24h"}


def test_potholes_are_imported_as_what_citizens_choose() -> None:
    code = KAOHSIUNG.city["imports"]["kaohsiung-pothole"]["item"]
    [item] = [item for item in KAOHSIUNG.items if item["code"] == code]
    assert item["name"].startswith("路面坑洞")
    assert date.fromisoformat(item["in_force_from"]) <= date(2017, 1, 2), "the first record's day"


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
def test_who_handles_what(name: str, district: str, agency: str) -> None:
    assert KAOHSIUNG.agency_for(name, district) == agency
