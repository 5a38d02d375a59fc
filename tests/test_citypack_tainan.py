"""What we know of Tainan, beyond what holds for every city (test_citypack.py)."""

from collections import Counter
from datetime import date

import pytest

from tests.packs import ROOT, Pack

TAINAN = Pack(ROOT / "citypacks" / "tainan")


def test_how_many() -> None:
    assert len(TAINAN.codes("districts.csv")) == 37
    kinds = Counter(TAINAN.codes("agencies.csv", "kind"))
    assert kinds == {"government": 1, "first": 26, "second": 1, "district": 37, "partner": 5}
    assert len(TAINAN.items) == 29
    assert len([code for code in TAINAN.codes("units.csv") if code.startswith("POL-")]) == 16


def test_everything_is_promised_in_seven_days_since_the_first_record() -> None:
    assert {(i["term"], i["term_certainty"]) for i in TAINAN.items} == {("dispatch.7d", "K")}
    assert {date.fromisoformat(i["in_force_from"]) for i in TAINAN.items} == {date(2015, 4, 15)}


def test_every_item_is_named_as_the_import_names_it() -> None:
    named = TAINAN.city["imports"]["tainan-1999-json"]["items"]
    assert {item["name"]: item["code"] for item in TAINAN.items}.items() <= named.items()


@pytest.mark.parametrize(
    ("name", "district", "agency"),
    [
        ("違規停車", "中西區", "警察局"),
        ("妨害安寧", None, "警察局"),
        ("場所連續噪音", "永康區", "環保局"),
        ("佔用道路", "東區", "警察局"),
        ("號誌故障", "東區", "交通局"),
        ("路面坑洞", "龍崎區", "工務局"),
        ("犬貓急難救援", "七股區", "動保處"),
        ("停電、漏電、電線掉落、孔蓋鬆動", "新營區", "台電新營區處"),
        ("停電、漏電、電線掉落、孔蓋鬆動", "安平區", "台電台南區處"),
        ("漏水、停水、消防栓漏水或損壞", "安平區", "台水六區處"),
    ],
)
def test_who_handles_what(name: str, district: str | None, agency: str) -> None:
    assert TAINAN.agency_for(name, district) == agency
