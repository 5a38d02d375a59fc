"""Every write: definitions proposed and approved, values of closed periods stored."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import copy_values
from yankao.base.errors import Forbidden, Invalid
from yankao.base.subjects import Subject
from yankao.kernel.figures import queries, storing
from yankao.kernel.figures.declarations import Figure
from yankao.kernel.figures.models import Definition, StoredValue
from yankao.kernel.figures.permissions import APPROVE
from yankao.kernel.figures.rules import Period
from yankao.kernel.figures.storing import Said
from yankao.kernel.trail import services as trail

KIND = "kernel.figures.definition"
_COLUMNS = (
    "figure", "definition_id", "start_on", "end_on", "dimension", "code", "value", "numerator",
    "denominator", "records", "dimensions", "partitions", "revision", "checksum", "stored_at",
)  # fmt: skip


class MayNotApprove(Forbidden):
    """Only the commission approves definitions."""


class NotProposed(Invalid):
    """The definition waits for nobody's approval."""


def note_definitions(*, at: datetime) -> list[Definition]:
    """Write down every declared figure whose definition is new; returns those that now wait.

    The first definition of a figure comes with the program and is in force at once. A changed one
    waits for approval; until then nothing is stored by it.
    """
    known = queries.definitions_by_figure()
    proposed: list[Definition] = []
    with transaction.atomic():
        for figure in queries.figures():
            before = known.get(figure.name, [])
            fingerprint = storing.fingerprint_of(figure)
            if any(d.fingerprint == fingerprint and d.version == figure.version for d in before):
                continue
            definition = _noted(figure, fingerprint, is_first=not before, at=at)
            if before:
                proposed.append(definition)
    return proposed


def _noted(figure: Figure, fingerprint: str, *, is_first: bool, at: datetime) -> Definition:
    state = Definition.State.APPROVED if is_first else Definition.State.PROPOSED
    return Definition.objects.create(
        figure=figure.name, version=figure.version, fingerprint=fingerprint, state=state,
        fact=figure.fact.name, words=str(figure.definition), details=storing.details_of(figure),
        sql=storing.sql_of(figure), proposed_at=at, approved_at=at if is_first else None,
    )  # fmt: skip


def approve_definition(
    *, definition_id: int, reason: str, actor: Actor, at: datetime
) -> Definition:
    """From now on the figure is stored by this definition; what was stored stays as it is.

    Raises MayNotApprove, NotProposed.
    """
    if not actor.holds(APPROVE):
        raise MayNotApprove(
            "figures.may_not_approve", _("統計定義由研考會核定。請洽研考會承辦人。")
        )
    with transaction.atomic():
        found = Definition.objects.select_for_update().filter(pk=definition_id).first()
        if found is None or found.state != Definition.State.PROPOSED:
            raise NotProposed(
                "figures.not_proposed", _("這個定義沒有在等核定，請重新整理後再看一次。")
            )
        in_force = Definition.objects.filter(figure=found.figure, state=Definition.State.APPROVED)
        in_force.update(state=Definition.State.REPLACED)
        found.state, found.approved_at = Definition.State.APPROVED, at
        found.approved_by, found.approved_by_key = actor.name, actor.key
        found.save(update_fields=["state", "approved_at", "approved_by", "approved_by_key"])
        trail.record(
            actor=actor, action="kernel.figures.approved", subject=Subject(KIND, found.pk),
            new={"figure": found.figure, "version": found.version, "sha256": found.fingerprint},
            reason=reason, at=at,
        )  # fmt: skip
    return found


def store_values(*, period: Period, said: Sequence[Said], at: datetime) -> None:
    """Store what a closed period's numbers are; one already stored stays, as the revision before.

    The statements do not grow with the figures.
    """
    figures = [one.definition.figure for one in said]
    with transaction.atomic():
        before = StoredValue.objects.filter(
            figure__in=figures, start_on=period.start, end_on=period.until, is_current=True
        )
        wholes = before.filter(dimension="").values_list("figure", "revision")
        revisions = {figure: revision + 1 for figure, revision in wholes}
        before.update(is_current=False)
        rows = (
            row for one in said for row in _rows(one, revisions.get(one.definition.figure, 0), at)
        )
        copy_values(StoredValue, _COLUMNS, rows)


def _rows(said: Said, revision: int, at: datetime) -> Iterator[list[Any]]:
    definition, period = said.definition, said.period
    dimensions = sorted(set(definition.sql) - {""})
    for cell in said.cells:
        yield [
            definition.figure, definition.pk, period.start, period.until, cell.dimension,
            cell.code, cell.value, cell.numerator, cell.denominator, cell.records,
            None if cell.dimension else dimensions,
            None if cell.dimension else list(said.partitions), revision, said.checksum, at,
        ]  # fmt: skip
