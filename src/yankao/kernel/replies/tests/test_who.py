"""Who may do what when: player × state × act, and what nobody else sees."""

import pytest

from tests.cast import NOW, PLAYERS
from yankao.base.errors import Forbidden, NotVisible, Refused
from yankao.kernel.replies import queries, services
from yankao.kernel.replies.models import Reply
from yankao.kernel.replies.tests.conftest import LATER, LINE

pytestmark = pytest.mark.django_db

READERS = {"officer", "second_officer", "supervisor", "head", "commission", "auditor"}
WRITERS = {"officer", "second_officer", "supervisor"}

ALLOWED = {
    ("draft", "write"): WRITERS,
    ("draft", "submit"): WRITERS,
    ("draft", "discard"): WRITERS,
    ("at_section", "approve"): {"supervisor", "head"},
    ("at_section", "return"): {"supervisor", "head"},
    ("at_section", "withdraw"): {"officer"},
    ("at_head", "approve"): {"head"},
    ("at_head", "return"): {"head"},
    ("at_head", "withdraw"): {"officer"},
    ("at_commission", "approve"): {"commission"},
    ("at_commission", "return"): {"commission"},
    ("at_commission", "withdraw"): {"officer"},
    ("approved", "stop"): {"officer", "head"},
    ("approved", "send"): {"officer", "head"},
    ("to_post", "post"): WRITERS,
}
"""The draft is the officer's. Everything not here is refused to everybody."""

STATES = ("draft", "at_section", "at_head", "at_commission", "approved", "to_post", "sent")
ACTS = ("write", "submit", "discard", "approve", "return", "withdraw", "stop", "send", "post")


def bring_to(state, desk, matters) -> None:
    from tests.factories import make_agency

    if state == "at_commission":
        make_agency("RDEC")
        matters.change(route="mayor")
    desk.write()
    if state == "draft":
        return
    desk.submit(channel="letter" if state == "to_post" else "email")
    for player in {"at_section": (), "at_head": ("supervisor",)}.get(state, ("supervisor", "head")):
        desk.approve(player)
    if state in {"to_post", "sent"}:
        desk.send()


def act(what, desk, actor) -> None:
    by = {"actor": actor, "at": NOW}
    one = {"reply_id": desk.id, **by}
    {
        "write": lambda: services.write_draft(
            subject=desk.subject, agency="ROADS", version=1, subject_line=LINE, body="新", **by
        ),
        "submit": lambda: services.submit_reply(version=1, channel="email", **one),
        "discard": lambda: services.discard_draft(**one),
        "approve": lambda: services.approve_reply(version=1, **one),
        "return": lambda: services.return_reply(reason="請補充", **one),
        "withdraw": lambda: services.withdraw_reply(**one),
        "stop": lambda: services.cancel_sending(**one),
        "send": lambda: services.send_now(**one),
        "post": lambda: services.mark_posted(
            reply_id=desk.id, posted_on=NOW.date(), actor=actor, at=LATER
        ),
    }[what]()


@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_who_may_do_what_when(state, what, desk, cast, matters, django_db_blocker) -> None:
    from django.db import transaction

    bring_to(state, desk, matters)
    for player in PLAYERS:
        allowed = player in ALLOWED.get((state, what), set())
        refused: Refused | None = None
        try:
            with transaction.atomic():
                act(what, desk, cast.actor(player))
                transaction.set_rollback(True)
        except Refused as refusal:
            refused = refusal
        assert (refused is None) == allowed, (player, refused)
        if refused is not None and player not in READERS and what != "write":
            assert isinstance(refused, NotVisible), (player, refused)
        if refused is not None and player in READERS and (state, what) in ALLOWED:
            assert isinstance(refused, Forbidden), (player, refused)


@pytest.mark.parametrize("state", STATES)
def test_pages_offer_what_the_services_allow(state, desk, cast, matters) -> None:
    bring_to(state, desk, matters)
    names = {
        "write": "write",
        "approve": "approve",
        "send_back": "return",
        "withdraw": "withdraw",
        "stop_sending": "stop",
        "post": "post",
    }
    for player in sorted(READERS):
        may = queries.reply(cast.actor(player), desk.id).may
        for name, what in names.items():
            allowed = player in ALLOWED.get((state, what), set())
            assert (getattr(may, name) is None) == allowed, (player, what)


@pytest.mark.parametrize("state", STATES)
def test_who_sees(state, desk, cast, matters) -> None:
    bring_to(state, desk, matters)
    for player in PLAYERS:
        seen = player in READERS
        actor = cast.actor(player)
        assert bool(queries.replies_of(actor, desk.subject)) == seen, player
        for read in (queries.reply, queries.history, queries.versions_of):
            if seen:
                read(actor, desk.id)
            else:
                with pytest.raises(queries.ReplyUnknown):
                    read(actor, desk.id)


def test_agencies_answer_apart(desk, cast, matters) -> None:
    matters.put(1, "TRAFFIC")
    desk.write()
    theirs = services.write_draft(
        subject=desk.subject,
        agency="TRAFFIC",
        version=0,
        subject_line="交通",
        body="號誌已修。",
        actor=cast.actor("other_officer"),
        at=NOW,
    )
    assert Reply.objects.count() == 2
    [seen] = queries.replies_of(cast.actor("other_officer"), desk.subject)
    assert seen.id == theirs.pk
    assert len(queries.replies_of(cast.actor("commission"), desk.subject)) == 2
    with pytest.raises(queries.ReplyUnknown):
        queries.differences(cast.actor("other_officer"), desk.id, 1, 1)


def test_a_deputy_approves_for_the_chief(desk, cast) -> None:
    from datetime import timedelta

    from yankao.kernel.people.models import Deputy

    Deputy.objects.create(
        principal=cast.person("supervisor"),
        deputy=cast.person("second_officer"),
        from_at=NOW - timedelta(days=1),
        until_at=NOW + timedelta(days=1),
        reason="公假",
    )
    desk.write()
    desk.submit()
    with pytest.raises(services.MayNot):
        desk.approve("second_officer")
    assert desk.approve("second_officer", acting_for="supervisor").step == 1
    [*_others, last] = queries.history(cast.actor("officer"), desk.id)
    assert (last.actor_name, last.acting_for) == ("承辦乙", "科長丙")
