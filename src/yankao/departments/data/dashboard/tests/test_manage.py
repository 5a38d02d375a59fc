"""Topics made by agencies: who may do what when, four eyes, versions, hostile words."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.cast import NOW, PLAYERS, Cast
from yankao.base.errors import NotVisible
from yankao.departments.data.dashboard import commands, queries, services
from yankao.departments.data.dashboard.models import Text, Topic
from yankao.departments.data.dashboard.services import Content, ContentMoved, ContentWrong
from yankao.departments.data.dashboard.workflow import WORKFLOW, Move, State
from yankao.kernel.calendar.models import TermRule
from yankao.kernel.casework.desk import MoveRefused, NoReason, Overtaken
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.trail.models import Entry

HOSTILE = "</script><script>alert(1)</script>"
CONTENT = Content(topic_class="works", title="路面", figures=["toy.repairs.received"], note="說明")


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


class Desk:
    """Shorthand for what happens to a topic."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def drafted(self, by: str = "officer", **changes: Any) -> Topic:
        actor = self.cast.actor(by)
        content = replace(CONTENT, **changes)
        agency = actor.agency or "ROADS"
        return services.write_topic(content=content, agency=agency, actor=actor, at=NOW)

    def proposed(self, by: str = "officer", **changes: Any) -> Topic:
        topic = self.drafted(by, **changes)
        return self.do(Move.PROPOSE, topic, by)

    def published(self, by: str = "officer", **changes: Any) -> Topic:
        return self.do(Move.APPROVE, self.proposed(by, **changes), "head")

    def do(self, move: Move, topic: Topic, by: str, **more: Any) -> Topic:
        to = {"number": topic.number, "actor": self.cast.actor(by), "at": NOW}
        if move is Move.WRITE:
            text = queries.open_text(topic)
            services.save_draft(content=CONTENT, edits=text.edits if text else 0, **to)
            return topic
        act: Any = {
            Move.PROPOSE: services.propose,
            Move.RETURN: lambda **k: services.return_text(words="改標題", **k),
            Move.APPROVE: services.approve,
            Move.WITHDRAW: lambda **k: services.withdraw(reason="過時", **k),
        }[move]
        done: Topic = act(**to, **more)
        return done


@pytest.fixture
def desk(cast: Cast, repairs: None, load: Any) -> Desk:
    load()
    TermRule.objects.create(
        key="dashboard.approval", title="核定", unit="working_days", amount=3,
        citation="示範值", certainty="?", in_force_from=NOW.date() - timedelta(days=900),
    )  # fmt: skip
    return Desk(cast)


WRITERS = {"officer", "second_officer", "supervisor", "commission"}
APPROVERS = {"supervisor", "head", "commission"}
ALLOWED = {
    ("draft", Move.WRITE): WRITERS,
    ("draft", Move.PROPOSE): WRITERS,
    ("proposed", Move.WRITE): WRITERS,
    ("proposed", Move.RETURN): APPROVERS,
    ("proposed", Move.APPROVE): APPROVERS,
    ("published", Move.WRITE): WRITERS,
    ("published", Move.WITHDRAW): APPROVERS,
    ("withdrawn", Move.WRITE): WRITERS,
}
"""Who makes which move of the roads office's topic that the officer wrote; nobody else any."""


def test_the_table_covers_every_edge() -> None:
    assert {edge.move for edge in WORKFLOW.edges} == set(Move) == {m for _s, m in ALLOWED}


@pytest.mark.parametrize("state", ["draft", "proposed", "published", "withdrawn"])
@pytest.mark.parametrize("player", PLAYERS)
def test_who_may_do_what_when(desk: Desk, player: str, state: str) -> None:
    for move in Move:
        if state == "withdrawn":
            topic = desk.do(Move.WITHDRAW, desk.published(), "head")
        else:
            topic = getattr(desk, {"draft": "drafted"}.get(state, state))()
        if player in ALLOWED.get((state, move), ()):
            desk.do(move, topic, player)
        else:
            with pytest.raises((NotVisible, MoveRefused, Overtaken)):
                desk.do(move, topic, player)


def test_the_writer_does_not_approve(desk: Desk) -> None:
    topic = desk.proposed("supervisor")
    with pytest.raises(MoveRefused, match="不能自己核定"):
        desk.do(Move.APPROVE, topic, "supervisor")
    written_by = desk.cast.actor("supervisor").key
    deputy = replace(desk.cast.actor("head"), principal_key=written_by)
    with pytest.raises(MoveRefused, match="不能自己核定"):
        services.approve(number=topic.number, actor=deputy, at=NOW)
    assert desk.do(Move.APPROVE, topic, "head").state == State.PUBLISHED


def test_another_agencys_topic_is_not_there(desk: Desk, client_of: Any) -> None:
    topic = desk.drafted()
    other = client_of("other_officer")
    for rest in ("", "edit/", "do/propose/", f"versions/{Text.objects.latest('id').pk}/"):
        address = f"/dashboard/manage/{topic.number}/{rest}"
        assert other.get(address).status_code == 404
        assert other.post(address).status_code in (404, 405)
    assert "路面" not in other.get("/dashboard/manage/").content.decode()
    assert Client().get(f"/dashboard/topics/{topic.number}/").status_code == 404
    assert Client().get(f"/api/dashboard/topics/{topic.number}").status_code == 404


def test_the_packs_topics_are_changed_in_the_pack(desk: Desk) -> None:
    topic = Topic.objects.get(number="repairs")
    for move in (Move.WRITE, Move.WITHDRAW):
        with pytest.raises(MoveRefused, match="資料包"):
            desk.do(move, topic, "commission")


def test_a_change_is_a_new_version_and_the_old_one_stays(desk: Desk) -> None:
    topic = desk.published()
    address = f"/dashboard/topics/{topic.number}/"
    desk.do(Move.WRITE, topic, "officer")
    Text.objects.filter(topic=topic, stage="draft").update(title="新標題")
    assert "新標題" not in Client().get(address).content.decode()
    desk.do(Move.PROPOSE, topic, "officer")
    desk.do(Move.APPROVE, topic, "head")
    assert "新標題" in Client().get(address).content.decode()
    stages = list(Text.objects.filter(topic=topic).values_list("version", "stage"))
    assert stages == [(2, "published"), (1, "former")]
    actions = Entry.objects.filter(subject_kind="data.dashboard", subject_id=topic.pk)
    assert [a.rpartition(".")[2] for a in actions.order_by("id").values_list("action", flat=True)][
        :3
    ] == ["write", "propose", "approve"]
    desk.do(Move.WITHDRAW, topic, "head")
    assert Client().get(address).status_code == 404


def test_who_approves_has_it_in_the_inbox_until_it_is_decided(desk: Desk) -> None:
    topic = desk.proposed()
    owed = Obligation.objects.get(kind="data.dashboard.approval")
    assert (owed.debtor_agency_id, owed.state) == ("ROADS", "open")
    desk.do(Move.WRITE, topic, "officer")
    owed.refresh_from_db()
    assert owed.state == "lapsed"
    desk.do(Move.PROPOSE, topic, "officer")
    desk.do(Move.RETURN, topic, "head")
    assert Obligation.objects.latest("id").state == "fulfilled"


def test_two_who_write_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    topic = desk.drafted()
    to: Any = {"number": topic.number, "content": CONTENT, "at": NOW}
    services.save_draft(edits=1, actor=desk.cast.actor("officer"), **to)
    with pytest.raises(ContentMoved, match="承辦甲"):
        services.save_draft(edits=1, actor=desk.cast.actor("second_officer"), **to)
    desk.do(Move.PROPOSE, topic, "officer")
    with pytest.raises(ContentMoved):
        services.approve(number=topic.number, actor=desk.cast.actor("head"), at=NOW, read="0-0")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": " "}, "title_wrong"),
        ({"title": "長" * 61}, "title_wrong"),
        ({"topic_class": "none"}, "class_wrong"),
        ({"figures": []}, "figures_wrong"),
        ({"figures": ["toy.repairs.gone"]}, "figure_unknown"),
        ({"map_figure": "toy.repairs.on_time_pct"}, "map_wrong"),
        ({"map_figure": "service.satisfaction.valid"}, "map_wrong"),
        ({"target_figure": "toy.repairs.received"}, "target_wrong"),
        ({"target_value": Decimal(1), "target_source": "x", "target_figure": "no"}, "target_wrong"),
        ({"note": "長" * 2001}, "note_wrong"),
    ],
)
def test_what_a_topic_cannot_say(desk: Desk, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(ContentWrong) as refused:
        desk.drafted(**wrong)
    assert refused.value.code == f"dashboard.{code}"


def test_a_return_says_why(desk: Desk) -> None:
    topic = desk.proposed()
    with pytest.raises(NoReason):
        services.return_text(number=topic.number, words=" ", actor=desk.cast.actor("head"), at=NOW)


def test_what_is_typed_is_never_markup(desk: Desk, client_of: Any) -> None:
    topic = desk.published(title=f"題{HOSTILE}"[:60], note=HOSTILE, reason=HOSTILE)
    for client, address in (
        (Client(), "/dashboard/"),
        (Client(), f"/dashboard/topics/{topic.number}/"),
        (Client(), "/dashboard/wall/?slide=1"),
        (Client(), "/dashboard/wall/choose/"),
        (client_of("officer"), "/dashboard/manage/"),
        (client_of("officer"), f"/dashboard/manage/{topic.number}/"),
        (client_of("officer"), f"/dashboard/manage/{topic.number}/edit/"),
        (client_of("head"), "/dashboard/decide/"),
    ):
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()


def test_a_topic_made_on_the_page(desk: Desk, client_of: Any) -> None:
    officer = client_of("officer")
    typed = {
        "agency": "ROADS", "topic_class": "works", "title": "我的主題", "chart": "bars",
        "comparison": "last_year", "figure_1": "toy.repairs.on_time_pct", "figure_2": "toy.none",
        "do": "preview",
    }  # fmt: skip
    refused = officer.post("/dashboard/manage/new/", typed)
    assert refused.status_code == 422
    assert "沒有「toy.none」這項統計" in refused.content.decode()
    seen = officer.post("/dashboard/manage/new/", {**typed, "figure_2": ""})
    assert "核定後民眾會看到" in seen.content.decode()
    assert "80.0" in seen.content.decode()
    assert Topic.objects.filter(agency="ROADS").count() == 0
    saved = officer.post("/dashboard/manage/new/", {**typed, "figure_2": "", "do": "propose"})
    page = officer.get(saved.url).content.decode()
    assert "等核定" in page
    assert "寫的人不能自己核定" not in page  # an officer cannot approve at all
    assert client_of("head").post(f"{saved.url}do/approve/").status_code == 302
    assert "我的主題" in Client().get("/dashboard/").content.decode()


def test_a_figure_that_vanished_is_said_and_not_published_again(desk: Desk, client_of: Any) -> None:
    topic = desk.published()
    Text.objects.filter(topic=topic).update(figures=["toy.repairs.gone"])
    assert (
        "toy.repairs.gone"
        in client_of("officer").get(f"/dashboard/manage/{topic.number}/").content.decode()
    )
    proposed = desk.proposed()
    Text.objects.filter(topic=proposed).update(figures=["toy.repairs.gone"])
    with pytest.raises(ContentWrong):
        desk.do(Move.APPROVE, proposed, "head")


def test_the_list_asks_little(
    desk: Desk, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    for _n in range(4):
        desk.drafted()
    client = client_of("officer")
    client.get("/dashboard/manage/")
    with django_assert_max_num_queries(12):
        assert client.get("/dashboard/manage/").content.decode().count("路面") == 4


def test_the_demo_has_one_topic_however_often_it_starts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(commands.TOPIC, topic_class="works")
    monkeypatch.setattr(commands, "TOPIC", own)
    assert len(commands.prepare_demo()) == 1
    assert commands.prepare_demo() == []
    assert Topic.objects.exclude(agency=None).get().state == State.PUBLISHED
