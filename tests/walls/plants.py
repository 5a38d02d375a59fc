"""Leaks put in on purpose, one at a time: each must be found. ``make walls PLANTS=1``.

Not part of the daily tests (an hour); run it when the walls themselves are changed.
"""

import dataclasses
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import structlog
import time_machine
from django.db.models import Q

from tests.walls import world
from tests.walls.walk import Leak, Walk, options
from tests.walls.world import START
from yankao.base import registry
from yankao.base.actors import Actor, Grant
from yankao.base.errors import Forbidden, NotVisible
from yankao.departments.service.dispatch import permissions, queries, services
from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.departments.service.dispatch.queries import cases, lists, open_data, public
from yankao.departments.service.petitions import permissions as petition_permissions
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.queries import cases as petitions
from yankao.departments.service.petitions.queries import lists as petition_lists
from yankao.departments.service.petitions.queries import public as petition_public
from yankao.departments.service.petitions.workflow import KIND
from yankao.kernel.notices import services as notices
from yankao.kernel.obligations import permissions as obligations
from yankao.kernel.people import queries as people
from yankao.kernel.people.queries import views
from yankao.kernel.replies.models import Reply
from yankao.kernel.search import queries as search

Plant = Callable[[], list[Any]]
PLANTS: dict[str, Plant] = {}
patch = mock.patch.object


def plant(name: str) -> Callable[[Plant], Plant]:
    """Name a leak."""

    def keep(made: Plant) -> Plant:
        PLANTS[name] = made
        return made

    return keep


def everything() -> Actor:
    grants = frozenset(Grant(permission) for permission in registry.permissions())
    return Actor(key="person:0", name="planted", grants=grants)


@plant("lists unfiltered")
def _lists() -> list[Any]:
    return [patch(lists, "held_cases", lambda actor: Case.objects.all())]


@plant("export unfiltered")
def _export() -> list[Any]:
    rows = queries.case_rows_for
    return [patch(queries, "case_rows_for", lambda actor, *a, **k: rows(everything(), *a, **k))]


@plant("files of foreign cases")
def _files() -> list[Any]:
    return [patch(cases.CaseSubjects, "may_see", lambda self, actor, id: True)]


@plant("search unfiltered")
def _search() -> list[Any]:
    gates = search._gates_of
    return [
        patch(search, "_gates_of", lambda actor, kind: gates(everything(), kind)),
        patch(cases, "held_cases", lambda actor: Case.objects.all()),
    ]


@plant("description in Open311")
def _description() -> list[Any]:
    told = open_data._open_case

    def more(row: Any, *rest: Any) -> Any:
        return dataclasses.replace(told(row, *rest), remark=Case.objects.get(pk=row.id).description)

    return [patch(open_data, "_open_case", more)]


@plant("remark told before it is verified")
def _remark() -> list[Any]:
    return [patch(open_data, "_shown", lambda state, remark: remark)]


@plant("reporter on the status page")
def _status() -> list[Any]:
    told = public._status

    def more(number: str) -> Any:
        status = told(number)
        reporter = Reporter.objects.filter(case__number=status.number).first()
        return dataclasses.replace(status, district=reporter.name if reporter else "")

    return [patch(public, "_status", more)]


@plant("a former owner sees what came after")
def _former() -> list[Any]:
    return [patch(cases, "_within", lambda at, until: True)]


@plant("reporter shown to whoever sees the case")
def _reporter() -> list[Any]:
    return [
        patch(
            permissions,
            "may_see_reporter",
            lambda actor, case: permissions.may_see(actor, case),
        )
    ]


@plant("moves on foreign cases")
def _foreign() -> list[Any]:
    return [
        patch(permissions, "may_see", lambda actor, case: True),
        patch(permissions, "_why_no_permission", lambda actor, case, edge: None),
    ]


@plant("moves without the role")
def _role() -> list[Any]:
    return [patch(permissions, "_why_no_permission", lambda actor, case, edge: None)]


@plant("reporter in the log")
def _log() -> list[Any]:
    record = services.record_reporter_view

    def logged(**how: Any) -> None:
        reporter = Reporter.objects.get(case__number=how["number"])
        structlog.get_logger("planted").info("seen", who=reporter.name)
        record(**how)

    return [patch(services, "record_reporter_view", logged)]


@plant("views shared with everybody")
def _views() -> list[Any]:
    return [patch(views, "_shared_with", lambda actor: Q(shared_with__isnull=False))]


@plant("inbox unfiltered")
def _inbox() -> list[Any]:
    return [patch(obligations, "visible", lambda actor: Q())]


@plant("403 where there should be 404")
def _told() -> list[Any]:
    numbered = cases._numbered

    def told(number: str, found: Any) -> Any:
        try:
            return numbered(number, found)
        except NotVisible:
            if Case.objects.filter(number=number).exists():
                raise Forbidden("dispatch.not_for_you", "planted") from None
            raise

    return [patch(cases, "_numbered", told)]


@plant("letters to the next agency")
def _letters() -> list[Any]:
    send = notices.send

    def astray(**how: Any) -> Any:
        to, codes = how["to"], sorted([agency.code for agency in people.agencies()])
        if to.agency:
            there = codes[(codes.index(to.agency) + 1) % len(codes)]
            how["to"] = dataclasses.replace(to, agency=there)
        return send(**how)

    return [patch(notices, "send", astray)]


@plant("petition lists unfiltered")
def _petitions() -> list[Any]:
    return [patch(petition_lists, "held_petitions", lambda actor: Petition.objects.all())]


@plant("confidential petitions read by all who see them")
def _confidential() -> list[Any]:
    return [patch(petition_permissions, "may_read_content", lambda actor, case: True)]


@plant("petitioner shown to whoever reads the petition")
def _petitioner() -> list[Any]:
    return [patch(petition_permissions, "may_see_petitioner", petition_permissions.may_handle)]


@plant("a former owner of a petition sees what came after")
def _petition_after() -> list[Any]:
    return [patch(petitions, "within", lambda at, until: True)]


@plant("drafts of answers on the citizen's page")
def _draft() -> list[Any]:
    asked = petition_public._question

    def more(case: Petition) -> str:
        draft = Reply.objects.filter(subject_kind=KIND, subject_id=case.pk).first()
        return draft.body if draft else asked(case)

    return [patch(petition_public, "_question", more)]


IN_THE_WORLD = {"letters to the next agency"}
"""These must be there while the world is made."""


@pytest.fixture
def walk(db: None, settings: Any, tmp_path: Path) -> Iterator[Callable[[str], Walk]]:
    settings.YANKAO_HOME = tmp_path
    settings.YANKAO_SECOND_FACTOR = "optional"
    settings.YANKAO_IDLE_MINUTES = 10**6
    settings.SESSION_COOKIE_AGE = 10**9
    seed, _steps, _only = options()
    with time_machine.travel(START, tick=False) as traveller, ExitStack() as planted:

        def begin(name: str) -> Walk:
            before = name in IN_THE_WORLD
            leaks = [planted.enter_context(one) for one in PLANTS[name]()] if before else []
            city = world.build(random.Random(seed))
            if not leaks:
                for one in PLANTS[name]():
                    planted.enter_context(one)
            return Walk(city, seed, traveller)

        yield begin


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_leak_is_found(name: str, walk: Callable[[str], Walk]) -> None:
    walked = walk(name)
    with pytest.raises(Leak) as found:
        walked.run(range(options()[1]))
    told = str(found.value)
    assert "\nanswered 5" not in told, told  # a fault, but not this one
    print(f"\n{name}: step {walked.last}: {told.splitlines()[-1][:160]}")
