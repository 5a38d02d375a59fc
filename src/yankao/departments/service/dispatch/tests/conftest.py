"""A small town: two districts, an item for each of two agencies, terms and notice templates."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cast import NOW, Cast
from tests.packs import load_texts
from yankao.base.actors import ANONYMOUS, Actor
from yankao.departments.service.dispatch import services
from yankao.departments.service.dispatch.models import Case, Item, ItemGroup, Route
from yankao.kernel.calendar.models import TermRule
from yankao.kernel.files import services as files
from yankao.kernel.places.models import (
    District,
    DistrictBoundary,
    Edition,
    Village,
    VillageBoundary,
)

EAST, WEST = "64000080", "64000010"


def _square(west: float, south: float) -> dict[str, Any]:
    east, north = west + 0.1, south + 0.1
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass
class Town:
    """The town and shorthand for what happens in it."""

    cast: Cast

    def report(self, **changes: Any) -> services.Reported:
        """A pothole in the east, reported by nobody known at NOW."""
        arguments: dict[str, Any] = {
            "item": "pothole",
            "where": services.Where(lat=22.65, lng=120.35, words="路口"),
            "description": "",
            "contact": services.Contact(),
            "photos": (),
            "channel": "web",
            "actor": ANONYMOUS,
            "at": NOW,
        }
        return services.report_case(**{**arguments, **changes})

    def case(self, reported: services.Reported) -> Case:
        return Case.objects.get(pk=reported.case_id)

    def photo(self) -> files.Kept:
        content = BytesIO()
        Image.new("RGB", (8, 8), "grey").save(content, "PNG")
        content.seek(0)
        return files.keep(content=content, name="done.png")

    def accepted(self, by: str = "officer", *, after_minutes: int = 10, **changes: Any) -> Case:
        reported = self.report(**changes)
        at = changes.get("at", NOW) + timedelta(minutes=after_minutes)
        return services.accept_case(number=reported.number, actor=self.actor(by), at=at)

    def done(self, by: str = "officer", *, after_hours: float = 2, **changes: Any) -> Case:
        case = self.accepted(by, **changes)
        return self.finish(case, by, at=case.received_at + timedelta(hours=after_hours))

    def finish(self, case: Case, by: str = "officer", *, at: datetime) -> Case:
        return services.report_done(
            number=case.number,
            words="",
            public_remark="已填補。",
            photos=[self.photo()],
            actor=self.actor(by),
            at=at,
        )

    def closed(self, **changes: Any) -> Case:
        case = self.done(**changes)
        at = case.done_at + timedelta(hours=1)
        return services.verify_case(
            number=case.number, words="", actor=self.actor("supervisor"), at=at
        )

    def actor(self, player: str) -> Actor:
        return self.cast.actor(player)


@pytest.fixture
def town(cast: Cast) -> Town:
    _make_districts()
    for key, unit, amount in _TERMS:
        TermRule.objects.create(
            key=key, title=key, unit=unit, amount=amount, citation="示範值", certainty="?",
            in_force_from=date(2010, 1, 1),
        )  # fmt: skip
    road = ItemGroup.objects.create(code="road", name="道路不平")
    signal = ItemGroup.objects.create(code="signal", name="交通號誌")
    for code, group, agency in (
        ("pothole", road, cast.roads),
        ("light", signal, cast.traffic),
    ):
        Item.objects.create(
            code=code, group=group, name=f"{code}(一)", plain_name=code, is_public=True,
            term="dispatch.4h", in_force_from=date(2010, 1, 1),
            duplicate_radius_m=30, duplicate_days=7,
        )  # fmt: skip
        Route.objects.create(group=group, agency=agency)
    load_texts()
    return Town(cast)


_TERMS = (
    ("dispatch.4h", "hours", 4),
    ("dispatch.verify", "working_days", 3),
    ("dispatch.extension", "hours", 2),
)


def _make_districts() -> None:
    for code, name, west in ((EAST, "三民區", 120.3), (WEST, "鹽埕區", 120.2)):
        shape = _square(west, 22.6)
        district = District.objects.create(
            code=code, name=name, name_en=name, lat=22.65, lng=west + 0.05
        )
        village = Village.objects.create(code=f"{code}001", district=district, name="安寧里")
        DistrictBoundary.objects.create(district=district, geometry=shape)
        VillageBoundary.objects.create(village=village, geometry=shape)
    Edition.objects.create(pk=1, checksum="small town", districts=2, villages=2, loaded_at=NOW)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A YANKAO_HOME of the test's own."""
    settings.YANKAO_HOME = tmp_path
    return tmp_path
