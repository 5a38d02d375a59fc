"""A toy town hall with closed matters people can be asked about."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.conf import settings

from tests.cast import NOW
from tests.packs import load_texts
from yankao.base import registry
from yankao.base.actors import ANONYMOUS, system_actor
from yankao.base.packs import read_table
from yankao.base.registry import System
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.models import Invitation, SecondAnswer
from yankao.kernel.calendar import services as calendar
from yankao.kernel.forms.declarations import AskedAbout
from yankao.kernel.replies import services as replies

KIND = "toy.closed"
ASKER = system_actor("satisfaction")
PHONE = "0912345678"
QUESTIONS = (
    'code = "toy"\ntitle = "玩具調查"\nsubject_kind = "toy.closed"\n[[version]]\nversion = 1\n'
    '[[version.questions]]\nname = "level"\nkind = "scale"\nrequired = true\nno_opinion = true\n'
    'zh = "滿意嗎？"\n[[version.questions]]\nname = "words"\nkind = "text"\nzh = "還有嗎？"\n'
)


@dataclass
class Closed:
    """Closed matters; whom else they are shown to nobody but holders of results."""

    kind: str = KIND
    survey_title: str = "玩具案"
    people: dict = field(default_factory=dict)
    closed_at: dict = field(default_factory=dict)

    def put(self, id, agency="ROADS", at=NOW, **told):
        """One closed matter."""
        plain = {"number": f"T{id:06d}", "item": "pothole", "item_name": "坑洞", "channel": "web"}
        plain |= {"name": "王小明", "phone": PHONE}
        self.people[id] = AskedAbout(id=id, agency=agency, **{**plain, **told})
        self.closed_at[id] = at

    def closed_between(self, since, until):
        return sorted(id for id, at in self.closed_at.items() if since <= at < until)

    def asked_about(self, ids):
        return {id: self.people[id] for id in ids if id in self.people}


@dataclass
class Office:
    """The toy's survey, and acts upon it by players of the cast."""

    cast: object
    closed: Closed

    def actor(self, player, at=NOW):
        return self.cast.actor(player, at=at)

    def invite(self, at=NOW + timedelta(minutes=10)):
        return services.invite_closed(at=at, actor=ASKER)

    def share(self, pct, player="commission"):
        return services.change_share(survey="toy", share_pct=pct, actor=self.actor(player), at=NOW)

    def draw(self, player="commission", at=NOW + timedelta(minutes=10), **changes):
        day = NOW.date()
        told = {"since": day, "until": day, "size": 100, "seed": "s", "agency": "", **changes}
        return services.draw_sample(survey="toy", **told, actor=self.actor(player), at=at)

    def token(self, id=1):
        return queries.token_of(Invitation.objects.get(subject_id=id).uuid)

    def answer(self, id=1, level="1", second=False, at=NOW + timedelta(hours=1), **more):
        return services.answer_by_link(
            token=self.token(id),
            answers={"level": level, **more},
            wants_second=second,
            actor=ANONYMOUS,
            at=at,
        )

    def dissatisfied(self, id=1) -> SecondAnswer:
        """Somebody asked for a second answer."""
        self.closed.put(id)
        self.invite()
        self.answer(id, level="5", second=True, words="沒修好")
        return SecondAnswer.objects.get(subject_id=id)


@pytest.fixture
def office(cast, monkeypatch) -> Office:
    """Everybody is asked: the share is all."""
    closed = Closed()
    toy = System(name="toy.closed", title="玩具案", offers=(closed,))
    declared = registry.systems()
    monkeypatch.setattr(registry, "systems", lambda: (toy, *declared))
    tables = (
        (calendar.load_terms, "terms.csv"),
        (replies.load_routes, "reply_routes.csv"),
    )
    load_texts()
    loader = system_actor("test-load")
    for load, name in tables:
        load(read_table(settings.YANKAO_CITY, name), actor=loader, at=NOW)
    services.load_surveys(
        [{"file": "toy.toml", "toml": QUESTIONS}], actor=loader, at=NOW - timedelta(days=30)
    )
    made = Office(cast, closed)
    made.share(100)
    return made
