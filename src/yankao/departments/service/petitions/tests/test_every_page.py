"""Every page and answer of the house, by everybody: marks of five petitions only where lawful.

The five: at work with a draft and a file; confidential; handed over; read along (副知); closed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from tests.cast import NOW
from yankao.base import api
from yankao.base.actors import ANONYMOUS
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import permissions, services
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.pages import moves
from yankao.departments.service.petitions.queries import lists
from yankao.departments.service.petitions.services import supplementing
from yankao.departments.service.petitions.tests.conftest import Hall
from yankao.departments.service.petitions.tests.test_walls import text_of
from yankao.departments.service.petitions.workflow import KIND
from yankao.kernel.files.models import Attachment
from yankao.kernel.files.services import Kept
from yankao.kernel.notices.models import Notice
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.replies import services as replies
from yankao.kernel.search import services as search

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home"), pytest.mark.once]
SOON = NOW + timedelta(hours=3)
ROADS = frozenset({"officer", "second_officer", "supervisor", "head"})
HOUSE = frozenset({"commission", "auditor", "agent"})
NEIGHBOUR = frozenset({"other_officer"})
NOBODY: frozenset[str] = frozenset()
WHO: dict[str, frozenset[str]] = {
    "zqopen": ROADS | HOUSE,
    "zqdraft": ROADS | {"commission", "auditor"},
    "zqadded": ROADS | HOUSE,
    "zqfile": ROADS | HOUSE,
    "zqsecret": ROADS - {"second_officer"},
    "zqsaid": ROADS - {"second_officer"},
    "zqhanded": ROADS | HOUSE | NEIGHBOUR,
    "zqafterwards": ROADS | HOUSE,
    "zqcopied": ROADS | HOUSE | NEIGHBOUR,
    "zqclosed": ROADS | HOUSE,
    "zqperson": NOBODY,
}
"""Who may find the mark by looking (GET); people's data are shown by a button only."""
LOOKING = ("anonymous", "second_officer", "supervisor", "other_officer", "commission", "agent")
"""One of each kind of reader; who else there is holds no more than one of them."""
LEFT_OUT = ("accounts/logout", "bench/", "health/")


class Town:
    """The five petitions and what routes are filled with."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.open = self._open()
        self.secret = self._secret()
        self.handed = self._handed()
        self.copied = self._made("zqcopied")
        services.copy_petition(
            number=self.copied.number, agency="TRAFFIC", actor=hall.actor("supervisor"), at=SOON
        )
        self.closed = hall.answered(**self._words("zqclosed"))
        search.keep_fresh()

    def _words(self, mark: str) -> dict:
        person = services.Sender(f"zqperson{mark}", "0970333444", "zqperson@example.tw", "zqperson")
        return {"matter": {"title": f"{mark}t", "content": f"{mark}c"}, "sender": person}

    def _made(self, mark: str, **more: object) -> Petition:
        return self.hall.accepted(**self._words(mark), **more)

    def _open(self) -> Petition:
        case = self._made("zqopen", attached=[self._file()])
        officer = self.hall.actor("officer")
        replies.write_draft(
            subject=Subject(KIND, case.pk), agency=case.agency_id, subject_line="zqdraft",
            body="zqdraft", version=0, actor=officer, at=SOON,
        )  # fmt: skip
        supplementing.add(case.pk, "zqadded", (), personal={}, actor=ANONYMOUS, at=SOON)
        return case

    def _secret(self) -> Petition:
        """Whatever was said with its moves is as secret as the petition."""
        case = self._made("zqsecret")
        move = {"number": case.number, "at": SOON}
        mine = {**move, "actor": self.hall.actor("officer")}
        heads = {**move, "actor": self.hall.actor("supervisor")}
        services.conceal_petition(**heads, reason="zqsaid")
        services.wait_for_citizen(**mine, reason="zqsaid")
        services.resume_petition(**mine, words="zqsaid")
        services.ask_extension(**mine, amount=1, reason="zqsaid")
        services.refuse_extension(**heads, reason="zqsaid")
        services.ask_extension(**mine, amount=1, reason="zqsaid")
        services.grant_extension(**heads, words="zqsaid")
        services.propose_decline(**mine, ground="no_substance", note="zqsaid", text="zqsaid")
        services.refuse_decline(**heads, reason="zqsaid")
        services.record_answer(**{**move, "actor": self.hall.actor("head")}, text="zqsaid")
        services.reopen_petition(**heads, reason="zqsaid")
        services.accept_petition(**mine)
        return case

    def _file(self) -> Kept:
        return replace(self.hall.picture(), name="zqfile.png")

    def _handed(self) -> Petition:
        words = self._words("zqhanded")
        words["matter"]["item"] = "bus"
        case = self.hall.accepted("other_officer", **words)
        services.reassign_petition(
            number=case.number, agency="ROADS", reason="非本局業務", at=SOON,
            actor=self.hall.actor("commission"),
        )  # fmt: skip
        later = SOON + timedelta(hours=1)
        supplementing.add(case.pk, "zqafterwards", (), personal={}, actor=ANONYMOUS, at=later)
        return case

    def cases(self) -> tuple[Petition, ...]:
        return (self.open, self.secret, self.handed, self.copied, self.closed)


def addresses(town: Town) -> Iterator[str]:
    """Every address of the house that can be filled, for each petition where it has a number."""
    for pattern in _patterns(get_resolver()):
        if not pattern.startswith(LEFT_OUT):
            for case in town.cases():
                yield from _filled(pattern, case)
    for prefix, router in api.build()._routers:
        for path, view in router.path_operations.items():
            if isinstance(view, PathView) and any("GET" in o.methods for o in view.operations):
                for case in town.cases():
                    address = f"/api{prefix}{path}".replace("{number}", case.number)
                    if "{" not in address:
                        yield address


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern)
        elif entry.app_name != "ninja":
            yield from _patterns(entry, prefix + str(entry.pattern))


def _filled(pattern: str, case: Petition) -> Iterator[str]:
    keys = Attachment.objects.filter(subject_kind=KIND, subject_id=case.pk)
    promises = Obligation.objects.filter(subject_kind=KIND, subject_id=case.pk)
    told = Notice.objects.filter(subject_kind=KIND, subject_id=case.pk)
    some = slice(None if case.is_confidential else 1)  # everything said in the secret one
    known = {
        "<str:number>": [case.number],
        "<str:move>": [str(move) for move in moves.FACES][: None if case.is_confidential else 2],
        "<sheet:format>": ["csv"],
        "<uuid:key>": [str(key) for key in keys.values_list("uuid", flat=True)],
        "<int:obligation_id>": [str(pk) for pk in promises.values_list("pk", flat=True)[some]],
        "<int:notice_id>": [str(pk) for pk in told.values_list("pk", flat=True)[some]],
        "<int:reply_id>": [str(n) for n in range(1, 3)],
        "<str:kind>": [KIND],
        "<int:subject_id>": [str(case.pk)],
        "<str:agency>": [case.agency_id],
        "<str:name>": ["service.petitions.received"],
    }
    found = [pattern]
    for gap, values in known.items():
        found = [a.replace(gap, value) for a in found for value in (values if gap in a else [""])]
    yield from (f"/{address}" for address in found if "<" not in address)


@pytest.fixture
def town(hall) -> Town:
    """Everything at NOW and shortly after; looked at the next day."""
    return Town(hall)


def look_everywhere(town: Town, client: Client, player: str) -> set[str]:
    """The marks the player finds; fails at the first that is unlawful."""
    client.raise_request_exception = False
    seen: set[str] = set()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        asked = sorted(set(addresses(town)))
        assert len(asked) > 200
        for address in asked:
            answer = client.get(address)
            assert answer.status_code < 500, address
            text = text_of(answer)
            for mark in [mark for mark in WHO if mark in text]:
                assert player in WHO[mark], f"{player} finds {mark} at {address}"
                seen.add(mark)
    return seen


@pytest.mark.parametrize("player", LOOKING)
def test_marks_are_where_they_are_lawful_and_nowhere_else(hall, client_of, town, player) -> None:
    missing = {mark for mark, may in WHO.items() if player in may}
    missing -= look_everywhere(town, client_of(player), player)
    assert not missing, f"{player} may see {missing}, but the walk did not come there"


@pytest.mark.parametrize(
    ("player", "where", "leak"),
    [
        ("second_officer", permissions, "may_read_content"),
        ("other_officer", lists, "held_petitions"),
    ],
    ids=["secret", "lists"],
)
def test_a_planted_leak_is_found(client_of, town, monkeypatch, player, where, leak) -> None:
    grant = {"may_read_content": lambda *_: True,
             "held_petitions": lambda _actor: Petition.objects.all()}  # fmt: skip
    monkeypatch.setattr(where, leak, grant[leak])
    with pytest.raises(AssertionError, match=f"{player} finds"):
        look_everywhere(town, client_of(player), player)
