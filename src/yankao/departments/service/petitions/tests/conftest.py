"""A small town hall: an item for each of two agencies, terms and notice templates."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image

from tests.cast import NOW, Cast
from tests.packs import load_texts
from yankao.base import packs
from yankao.base.actors import ANONYMOUS, Actor, system_actor
from yankao.departments.service.petitions import services
from yankao.departments.service.petitions.models import Category, Item, Petition, Route
from yankao.kernel.calendar.models import TermRule
from yankao.kernel.files import services as files
from yankao.kernel.places.models import District
from yankao.kernel.replies import services as replies

EAST = "64000080"
WANG = services.Sender("王小明", "0912345678", "wang@example.tw", "某路 1 號")
TERMS = (
    ("petition.ordinary", "working_days", 6),
    ("petition.mayor", "working_days", 5),
    ("petition.confirm", "calendar_days", 7),
    ("petition.extension", "working_days", 1),
    ("petition.decline", "working_days", 1),
    ("reply.approval", "working_days", 1),
    ("reply.posting", "working_days", 1),
    ("dispatch.4h", "hours", 4),
)


@dataclass
class Hall:
    """The town hall and shorthand for what happens in it."""

    cast: Cast

    def actor(self, player: str) -> Actor:
        return self.cast.actor(player)

    def matter(self, **changes: Any) -> services.Matter:
        told: dict[str, Any] = {"item": "noise", "title": "夜間噪音", "content": "每晚都吵。"}
        return services.Matter(**{**told, **changes})

    def receive(self, matter: dict[str, Any] | None = None, **changes: Any) -> services.Received:
        """Noise, from Wang, by the public form at NOW."""
        arguments: dict[str, Any] = {
            "matter": self.matter(**(matter or {})),
            "sender": WANG,
            "attached": (),
            "channel": "web",
            "actor": ANONYMOUS,
            "at": NOW,
        }
        return services.receive_petition(**{**arguments, **changes})

    def received(self, **changes: Any) -> Petition:
        return Petition.objects.get(pk=self.receive(**changes).petition_id)

    def accepted(self, by: str = "officer", **changes: Any) -> Petition:
        case = self.received(**changes)
        at = case.recorded_at + timedelta(minutes=10)
        return services.accept_petition(number=case.number, actor=self.actor(by), at=at)

    def declining(self, by: str = "officer", **changes: Any) -> Petition:
        case = self.accepted(by, **changes)
        return services.propose_decline(
            number=case.number, ground="no_substance", note="沒有內容", text="請補充。",
            actor=self.actor(by), at=case.recorded_at + timedelta(hours=1),
        )  # fmt: skip

    def answered(self, at: datetime | None = None, **changes: Any) -> Petition:
        case = self.accepted(**changes)
        return services.record_answer(
            number=case.number, text="已電話說明。", actor=self.actor("head"),
            at=at or case.recorded_at + timedelta(hours=2),
        )  # fmt: skip

    def fresh(self, case: Petition) -> Petition:
        return Petition.objects.select_related("handling", "promise").get(pk=case.pk)

    def picture(self) -> files.Kept:
        content = BytesIO()
        Image.new("RGB", (8, 8), "grey").save(content, "PNG")
        content.seek(0)
        return files.keep(content=content, name="scan.png")


@pytest.fixture
def hall(cast: Cast) -> Hall:
    District.objects.create(code=EAST, name="三民區", name_en="Sanmin", lat=22.65, lng=120.3)
    for key, unit, amount in TERMS:
        TermRule.objects.create(
            key=key, title=key, unit=unit, amount=amount, citation="示範值", certainty="?",
            in_force_from=date(2010, 1, 1),
        )  # fmt: skip
    for code, agency in (("noise", cast.roads), ("bus", cast.traffic)):
        category = Category.objects.create(code=f"{code}-all", name=f"{code}類")
        Item.objects.create(
            code=code, category=category, name=f"{code}事項", term="petition.ordinary",
            in_force_from=date(2010, 1, 1),
        )  # fmt: skip
        Route.objects.create(category=category, agency=agency)
    load_texts()
    rows = packs.read_table(Path(settings.YANKAO_CITY), "reply_routes.csv")
    replies.load_routes(rows, actor=system_actor("city-pack"), at=NOW)
    return Hall(cast)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A YANKAO_HOME of the test's own."""
    settings.YANKAO_HOME = tmp_path
    return tmp_path
