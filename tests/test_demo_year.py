"""The generated year: its figures are the published ones, and its records could be real ones."""

import tomllib
from argparse import Namespace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q

from tests.cast import NOW
from tests.packs import ROOT, Pack
from tests.test_cities import settle
from yankao.base.clock import TAIPEI
from yankao.base.demo_year import MARK, SUBJECT, YearRun, round_half_up, split
from yankao.base.subjects import Subject
from yankao.departments.service.bot.services import year as bot
from yankao.departments.service.calls.models import Call, Caller, CallEvent
from yankao.departments.service.calls.rules.story import Event, story_of
from yankao.departments.service.calls.workflow import Happened
from yankao.departments.service.dispatch import workflow as dispatch
from yankao.departments.service.dispatch.models import Case, CaseEntry, Reporter
from yankao.departments.service.dispatch.services import year as cases
from yankao.departments.service.petitions import workflow as petitions
from yankao.departments.service.petitions.models import Petition, PetitionEntry, Petitioner
from yankao.departments.service.petitions.services import year as letters
from yankao.kernel.figures import queries as figures
from yankao.kernel.figures.queries import Value
from yankao.kernel.figures.rules import parse_period
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.obligations.models import Obligation
from yankao.kernel.people.queries import tenures_of
from yankao.kernel.places.models import District
from yankao.kernel.search.models import Waiting
from yankao.kernel.trail import queries as trail
from yankao.kernel.trail import services as sealing
from yankao.site import demo_year, running

KAOHSIUNG = ROOT / "citypacks" / "kaohsiung"
EVERY, FEW = 17, 5
"""A sample: every so many; the first few."""


@pytest.fixture
def pack(db: None, settings: Any, tmp_path: Path) -> Pack:
    return settle(KAOHSIUNG, settings, tmp_path)


def generate(scale: str = "0.001", seed: str = "yankao") -> list[str]:
    told: list[str] = []
    demo_year.generate(year=108, scale=scale, seed=seed, at=NOW, tell=told.append)
    return told


def published(total: str, scale: str) -> int:
    """Written down here once more, from the report."""
    return int((Decimal(total) * Decimal(scale)).quantize(Decimal(1), ROUND_HALF_UP))


def asked(name: str) -> Value:
    return figures.value_of(
        figures.figure_named(f"service.{name}"), parse_period("2019"), as_of=NOW, filters={}
    )


def share(part: int, whole: int, places: str) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal(places), ROUND_HALF_UP)


def check_totals(scale: str) -> None:
    def counted(total: str) -> int:
        return published(total, scale)

    assert asked("dispatch.received").value == counted("97040")
    assert asked("mobile.dispatches").value == counted("21521")
    assert asked("petitions.received").value == counted("212642")
    assert asked("petitions.mailbox").value == counted("1779")
    calls = counted("860940")
    assert asked("calls.received").value == calls
    kinds = {name: asked(f"calls.{name}_pct") for name in ("inquiry", "recorded", "other")}
    assert sum(int(one.numerator or 0) for one in kinds.values()) == calls
    for name, pct in (("inquiry", "37.52"), ("recorded", "33.10"), ("other", "29.38")):
        assert kinds[name].denominator == calls
        assert abs(Decimal(kinds[name].numerator or 0) - calls * Decimal(pct) / 100) < 1
    at_once = asked("calls.at_once_pct")
    assert at_once.denominator == kinds["inquiry"].numerator
    assert at_once.numerator == published(str(at_once.denominator), "0.9984")
    satisfied = asked("calls.satisfied_pct")
    assert satisfied.denominator == published(str(calls), "0.3")
    assert satisfied.numerator == published(str(satisfied.denominator), "0.981")
    assert satisfied.value == Decimal("98.1")
    questions = counted("23780")
    assert asked("bot.questions").value == questions
    assert asked("bot.people").value == counted("6534")
    assert asked("bot.answered").numerator == published(str(questions), "0.8")
    surveyed = asked("satisfaction.satisfied")
    assert surveyed.denominator == counted("10600")
    assert surveyed.numerator == published(str(surveyed.denominator), "0.981")
    assert asked("dispatch.on_time_pct").value > 85
    assert asked("petitions.on_time_pct").value > 85


def test_a_hundredth_has_the_published_shares(pack: Pack) -> None:
    assert drawn("one") == drawn("one") != drawn("two")
    told = generate("0.01")
    assert "1,878" in told[0], "the contradiction is listed"
    check_totals("0.01")
    check_turns(Case)
    check_turns(Petition)
    assert asked("calls.inquiry_pct").value == Decimal("37.52")
    assert asked("calls.recorded_pct").value == Decimal("33.10")
    assert asked("calls.other_pct").value == Decimal("29.38")
    assert asked("calls.at_once_pct").value == Decimal("99.85")  # 3,225 of 3,230
    assert asked("bot.answered").value == Decimal("79.8")  # 190 of 238


def test_records_could_be_real_ones(pack: Pack, monkeypatch: Any, settings: Any) -> None:
    settings.YANKAO_DEMO_YEAR = 108
    with monkeypatch.context() as broken:
        broken.setattr(bot, "_turns", None)
        with pytest.raises(TypeError):
            generate()
    assert asked("bot.people").value == 0, "half a part is none"
    assert running._once()["demo-year"][-3:] == ["demo", "--year", "108"]
    generate()
    check_totals("0.001")
    check_again_adds_nothing()
    promises = Obligation.objects.filter(
        subject_kind__in=("service.dispatch", "service.petitions")
    ).order_by("id")
    for one in promises[::EVERY]:
        check_clock(one)
    people = dict(tomllib.loads((KAOHSIUNG / "city.toml").read_text())["demo"]["people"])
    assert set(people) == set(District.objects.values_list("name", flat=True))
    crowded = Petition.objects.filter(district__name__in=("鳳山區", "三民區")).count()
    assert 0.18 < crowded / Petition.objects.count() < 0.32, "a quarter lives there"
    walk(dispatch, CaseEntry, Case.objects.all(), cancelled="cancelled")
    walk(petitions, PetitionEntry, Petition.objects.all(), cancelled="withdrawn")
    for case in Case.objects.select_related("item")[::EVERY]:
        assert case.number.startswith(f"D{case.received_at.astimezone(TAIPEI):108%m%d}")
        assert MARK in case.description
        route = cases.intake._route_of(case.item, case.district_id or "")
        unit = None if case.reassignments else route.unit
        assert (case.agency_id, case.unit_id) == (route.agency, unit)
    for call in Call.objects.order_by("id")[::EVERY]:
        events = CallEvent.objects.filter(call=call)
        story = story_of(
            Event(e.event_id, Happened(e.happened), e.at, e.agent_login, e.queue, e.level)
            for e in events
        )
        names = ("state", "queue", "began_at", "answered_at", "ended_at", "level", "held_seconds")
        assert [getattr(call, name) for name in names] == [getattr(story, name) for name in names]
        assert call.cases.exists() == (call.kind == "recorded")
    made = Case.objects.count() + Petition.objects.count() + Call.objects.count()
    assert (
        Waiting.objects.filter(kind__in=("service.dispatch", "service.petitions")).count()
        + (Waiting.objects.filter(kind="service.calls").count())
        == made
    ), "search indexes all of them"
    for people in (Reporter, Petitioner, Caller):
        assert not people.objects.exists(), "nobody is behind records past their retention"


def check_clock(one: Obligation) -> None:
    """Its due time is what the house counts from its term, pauses and extensions now."""
    assert one.due_at == obligations.explain(one.pk).at
    assert one.ended_at is not None
    lines = list(one.changes.values_list("kind", "at"))
    assert (lines[0], lines[-1]) == (("opened", one.opened_at), (one.state, one.ended_at))
    assert [at for _kind, at in lines] == sorted(at for _kind, at in lines)
    pauses = list(one.pauses.values_list("from_at", "until_at"))
    told = ["extended"] if one.extended_by else ["paused", "resumed"] if pauses else []
    assert [kind for kind, _at in lines[1:-1]] == told
    assert one.due_at > one.promised_due_at or "extended" not in told
    assert one.due_at >= one.promised_due_at, "days off that were paused move nothing"


def check_turns(records: Any) -> None:
    """What befell a case stands alike in it, its history, its clocks, its holders and the facts."""
    extended = Q(pk__in=records.extensions.rel.related_model.objects.values("case"))
    handed = Q(reassignments__gt=0)
    counts = {}
    for name, which in (("extended", extended), ("handed", handed)):
        rows = list(records.objects.filter(which).select_related("promise", "handling"))
        counts[name] = len(rows)
        for one in rows[:FEW]:
            moves = list(one.entries.order_by("at", "id").values_list("move", "at"))
            if name == "extended":
                [extension] = one.extensions.select_related("deciding")
                assert ("ask_extension", extension.asked_at) in moves
                assert ("grant_extension", extension.decided_at) in moves
                assert (one.promise.extended_by, one.promise.pk) == (
                    extension.amount, one.handling.pk
                )  # fmt: skip
                assert extension.deciding.opened_at == extension.asked_at
                assert extension.deciding.ended_at == extension.decided_at
                check_clock(extension.deciding)
                assert done_at_of(one) >= extension.decided_at
            else:
                first, second = one.promise, one.handling
                assert (first.state, second.state) == ("lapsed", "fulfilled")
                assert ("reassign", first.ended_at) in moves
                assert first.ended_at == second.opened_at
                assert first.debtor_agency_id != second.debtor_agency_id == one.agency_id
                kind = first.subject_kind
                held = [
                    (t.agency, t.from_at, t.until_at) for t in tenures_of(Subject(kind, one.pk))
                ]
                assert sorted(held, key=lambda row: row[1]) == [
                    (first.debtor_agency_id, one.received_at, first.ended_at),
                    (one.agency_id, first.ended_at, None),
                ]
            check_clock(one.promise)
            check_clock(one.handling)
    paused = Obligation.objects.filter(
        pk__in=records.objects.values("handling"), pauses__isnull=False
    )
    counts["paused"] = paused.count()
    for row in paused[:FEW]:
        check_clock(row)
    assert all(counts.values()), counts


def done_at_of(record: Any) -> datetime:
    """When the work was done."""
    at = record.done_at if isinstance(record, Case) else record.answered_at
    assert at is not None
    return at


def walk(system: Any, entries: Any, records: Any, *, cancelled: str) -> None:
    """Each record's moves lead along edges of the workflow to the state it is in."""
    ends = set()
    for record in records:
        state, last = "received", record.received_at
        for line in entries.objects.filter(case=record).order_by("at", "id")[1:]:
            edge = system.WORKFLOW.edge(line.move, system.State(state))
            assert edge is not None, (record.number, line.move)
            assert line.at >= last
            state, last = edge.target, line.at
        assert state == record.state
        ends.add(state)
    assert "closed" in ends <= {"closed", cancelled}


def check_again_adds_nothing() -> None:
    counts = [model.objects.count() for model in (Case, Petition, Call, CallEvent)]
    assert all("沒有新增" in line for line in generate()[1:])
    for scale, seed in (("0.002", "yankao"), ("0.001", "other")):
        with pytest.raises(demo_year.AnotherYearThere, match=r"0\.001"):
            generate(scale, seed)
    assert [model.objects.count() for model in (Case, Petition, Call, CallEvent)] == counts
    assert running._once() == {}, "a second start makes no second year"
    lines = list(trail.history_of(Subject(SUBJECT, 108)))
    told = {line.new["part"]: line.new["records"] for line in lines if line.new}
    assert told["dispatch"]["received"] == published("97040", "0.001")
    assert len(lines) == len(told) == 6
    while sealing.seal(at=NOW):
        pass
    assert trail.verify().fault is None


def drawn(seed: str) -> list[Any]:
    """The rows of a tiny year of that seed, which is taken back."""
    before = transaction.savepoint()
    told = {"received": 97_040, "app": 21_521, "mailbox": 1_779}
    for part, system in (("dispatch", cases), ("petitions", letters)):
        system.generate_year(YearRun(108, Fraction(1, 5000), seed, part, told, NOW))
    rows = [
        list(Case.objects.order_by("number").values_list("number", "item", "lat", "done_at")),
        list(Petition.objects.order_by("number").values_list("number", "title", "closed_at")),
    ]
    transaction.savepoint_rollback(before)
    return rows


@pytest.mark.parametrize("scale", ["0", "0.00009", "1.0001", "-1", "1/0", "nan", "一", ""])
def test_a_scale_that_is_none(settings: Any, scale: str) -> None:
    settings.YANKAO_CITY, settings.YANKAO_DEMO = KAOHSIUNG, True
    with pytest.raises(demo_year.ScaleWrong):
        generate(scale)


def test_refused_outside_a_demo_and_without_figures(settings: Any) -> None:
    settings.YANKAO_CITY, settings.YANKAO_DEMO = KAOHSIUNG, True
    with pytest.raises(demo_year.YearUnknown):
        demo_year.run(Namespace(year=107, scale="0.01", seed="x"))
    assert not demo_year.is_missing(107)
    settings.YANKAO_DEMO, settings.YANKAO_DEMO_YEAR = False, 108
    assert running._once() == {}
    with pytest.raises(demo_year.NoDemo):
        generate()


def test_counted_off() -> None:
    assert [round_half_up(Fraction(n, 2)) for n in (1, 3, 5)] == [1, 2, 3], "never to the even one"
    shares = [Fraction(n) for n in ("37.52", "33.10", "29.38")]
    for total in (0, 1, 2, 86, 861, 8609, 860_940):
        cut = split(total, shares)
        assert sum(cut) == total
        assert all(abs(n - total * s / 100) < 1 for n, s in zip(cut, shares, strict=True))
