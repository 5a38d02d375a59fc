"""Answers of a generated year: people asked about generated cases, set-based.

They answer version 0 of their survey: today's questions, in force in that year alone.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yankao.base.clock import TAIPEI
from yankao.base.copying import copy_values
from yankao.base.demo_year import YearCase, YearRun, phoned_of, round_half_up
from yankao.departments.service.satisfaction import queries
from yankao.departments.service.satisfaction.models import (
    Invitation,
    Response,
    Survey,
    SurveyVersion,
)
from yankao.departments.service.satisfaction.workflow import Asked, Channel
from yankao.kernel.forms import queries as forms_read
from yankao.kernel.forms import services as forms
from yankao.kernel.forms.declarations import AskedAbout, surveyed
from yankao.kernel.forms.rules import Kind

LAST_WEEKS = timedelta(days=30)
"""Of what was closed in the year's last weeks the answers would lie in the next."""
CHANNELS = {Channel.PHONE: 7, Channel.SMS: 3}
MISSING = {Asked.REFUSED: 1, Asked.NOT_REACHED: 1}
_INVITATION = (
    "uuid", "version_id", "subject_kind", "subject_id", "number", "agency_id", "item", "item_name",
    "channel", "asked_at", "expires_at", "attempts", "state", "ended_on",
)  # fmt: skip
_RESPONSE = (
    "version_id", "sheet_id", "subject_kind", "agency_id", "item", "channel", "level",
    "answered_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """Somebody asked about a case; ``level`` None: no answer was got, and why is the state."""

    kind: str
    about: AskedAbout
    state: Asked
    level: int | None
    channel: Channel
    asked_at: datetime
    ended_at: datetime


def generate_year(run: YearRun) -> Mapping[str, int]:
    """As many answers as the pack says, as many of them satisfied; fewer if there are no cases."""
    chance, wanted = run.chance(), run.share("valid")
    cases = _cases(run, chance)
    valid = min(wanted, len(cases))
    satisfied = round_half_up(valid * run.pct("satisfied_pct"))
    levels: list[int | None] = [*chance.choices((1, 2), k=satisfied)]
    levels += chance.choices((3, 3, 4, 5), k=valid - satisfied)
    missing = round_half_up(valid * run.pct("missing_pct"))
    levels += [None] * min(missing, len(cases) - valid)
    chance.shuffle(levels)
    asked: dict[str, list[_Asked]] = defaultdict(list)
    for (case, about), level in zip(cases, levels, strict=True):
        asked[case.subject.kind].append(_asked(chance, case, about, level))
    for kind in sorted(asked):
        _store(asked[kind], _version(kind, run), chance)
    answered = [one for many in asked.values() for one in many if one.level]
    return {
        "valid": len(answered),
        "satisfied": sum(one.level in {1, 2} for one in answered),
        "missing": len(cases) - len(answered),
    }


def _cases(run: YearRun, chance: random.Random) -> list[tuple[YearCase, AskedAbout]]:
    """Cases closed by work that people can be asked about, in any order."""
    last, surveys = run.bounds[1] - LAST_WEEKS, set(Survey.objects.values_list("subject_kind"))
    kinds = {kind for (kind,) in surveys} & surveyed().keys()
    cases = [
        case
        for case in phoned_of(run)
        if case.subject.kind in kinds and case.closed_at and case.closed_at < last
    ]
    most = round_half_up(run.share("valid") * (1 + run.pct("missing_pct")))
    chosen = chance.sample(cases, min(most, len(cases)))
    found = {
        kind: surveyed()[kind].asked_about(
            [case.subject.id for case in chosen if case.subject.kind == kind]
        )
        for kind in sorted(kinds)
    }
    return [(case, found[case.subject.kind][case.subject.id]) for case in chosen]


def _asked(chance: random.Random, case: YearCase, about: AskedAbout, level: int | None) -> _Asked:
    assert case.closed_at is not None, "only such cases are asked about"
    asked_at = case.closed_at + timedelta(hours=chance.randint(1, 72))
    ended_at = asked_at + timedelta(hours=chance.randint(1, 24 * 10))
    channel = chance.choices(list(CHANNELS), weights=list(CHANNELS.values()))[0]
    state = Asked.ANSWERED
    if level is None:
        channel = Channel.PHONE  # a link nobody opens expires, it is not refused
        state = chance.choices(list(MISSING), weights=list(MISSING.values()))[0]
    return _Asked(case.subject.kind, about, state, level, channel, asked_at, ended_at)


def _version(kind: str, run: YearRun) -> SurveyVersion:
    """The year's version of the survey about that kind of record."""
    current = SurveyVersion.objects.filter(survey__subject_kind=kind, closed_at=None)
    now = current.order_by("survey").first()
    assert now is not None, "a loaded survey has a version in force"
    first, after = run.bounds
    told = {"form_version": now.form_version, "share_pct": now.share_pct}
    made, _new = SurveyVersion.objects.get_or_create(
        survey=now.survey, version=0, defaults={**told, "opened_at": first, "closed_at": after}
    )
    return made


def _store(asked: Sequence[_Asked], version: SurveyVersion, chance: random.Random) -> None:
    copy_values(Invitation, _INVITATION, [_invited(one, version.pk, chance) for one in asked])
    shape = forms_read.version(version.form_version_id).shape
    scale = next(one.name for one in shape.questions if one.kind is Kind.SCALE)
    answered = [one for one in asked if one.level]
    sheets = forms.keep_many_answers(
        version_id=version.form_version_id,
        sheets=[({scale: str(one.level)}, _day(one.ended_at)) for one in answered],
    )
    copy_values(Response, _RESPONSE, _responses(answered, sheets, version.pk))


def _invited(one: _Asked, version: int, chance: random.Random) -> tuple[Any, ...]:
    """Of the columns ``_INVITATION``."""
    attempts = queries.call_attempts() if one.state is Asked.NOT_REACHED else 1
    expires_at = max(one.ended_at, one.asked_at + timedelta(days=queries.link_days()))
    return (
        UUID(int=chance.getrandbits(128), version=4), version, one.kind, one.about.id,
        one.about.number, one.about.agency, one.about.item, one.about.item_name, one.channel,
        one.asked_at, expires_at, attempts if one.channel == Channel.PHONE else 0, one.state,
        _day(one.ended_at),
    )  # fmt: skip


def _responses(
    answered: Sequence[_Asked], sheets: Sequence[int], version: int
) -> Iterator[tuple[Any, ...]]:
    """Of the columns ``_RESPONSE``."""
    for one, sheet in zip(answered, sheets, strict=True):
        yield (
            version, sheet, one.kind, one.about.agency, one.about.item, one.channel, one.level,
            _day(one.ended_at),
        )  # fmt: skip


def _day(at: datetime) -> Any:
    return at.astimezone(TAIPEI).date()
