"""What every turn does: find and lock the case, permit, store the move with history and trail."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, NotVisible, Refused
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import permissions, queries
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import common
from yankao.departments.service.dispatch.workflow import KIND, WORKFLOW, Move, State
from yankao.kernel.obligations import services as obligations
from yankao.kernel.trail import services as trail


class NoReason(Invalid):
    """The move needs a reason."""


class Overtaken(Refused):
    """Somebody else moved the case first."""


class MoveRefused(Forbidden):
    """The actor may see the case but not make this move."""


def locked(number: str, actor: Actor, move: Move) -> Case:
    """The case, locked, if the actor may make the move now.

    Raises NotVisible, Overtaken, MoveRefused.
    """
    cases = Case.objects.select_for_update(of=("self",)).select_related("item", "district")
    case = cases.filter(number=number).first()
    if case is None or not permissions.may_see(actor, case):
        raise not_visible()
    check_may(actor, case, move)
    return case


def not_visible() -> NotVisible:
    return NotVisible("dispatch.not_found", _("找不到這個案件，或您無權檢視。"))


def check_may(actor: Actor, case: Case, move: Move, ties: permissions.Ties | None = None) -> None:
    """Raise Overtaken or MoveRefused when the actor may not make the move now."""
    ties = queries.ties_of(case) if ties is None else ties
    reason = permissions.why_not(actor, case, move, ties)
    if reason is None:
        return
    if State(case.state) not in WORKFLOW.sources_of(move):
        raise Overtaken(
            "dispatch.overtaken", _("%(reason)s請重新整理頁面，看最新的狀態。") % {"reason": reason}
        )
    raise MoveRefused("dispatch.move_refused", reason)


def needed(reason: str, message: str) -> str:
    """The reason, trimmed. Raises NoReason with the message."""
    if not reason.strip():
        raise NoReason("dispatch.no_reason", message, "reason")
    return reason.strip()


def moved(
    case: Case,
    move: Move,
    fields: Iterable[str],
    *,
    actor: Actor,
    at: datetime,
    words: str = "",
    before: dict[str, Any] | None = None,
) -> Case:
    """Store the move: state, named columns, history, trail.

    ``before`` (see ``before_of``) makes it a move that can be taken back within a minute.
    """
    edge = WORKFLOW.edge(move, State(case.state))
    assert edge is not None, "the caller locked the case for this move"
    old, case.state = case.state, edge.target
    fields = list(fields)
    case.save(update_fields=["state", *fields])
    common.write_entry(case, move, actor=actor, at=at, words=words, before=before)
    trail.record(
        actor=actor,
        action=f"service.dispatch.{move}",
        subject=Subject(KIND, case.pk),
        at=at,
        old={"state": old},
        new={"state": case.state, **common.plain(case, fields)},
        reason=words,
        agency=case.agency_id,
    )
    return case


def before_of(case: Case, fields: Iterable[str]) -> dict[str, Any]:
    """State and named columns as they are, in JSON's types."""
    return common.plain(case, ["state", *fields])


def fulfil(obligation_id: int | None, *, actor: Actor, at: datetime) -> None:
    """The obligation, if there is one, was done."""
    if obligation_id is not None:
        obligations.fulfil_obligation(obligation_id=obligation_id, actor=actor, at=at)


def lapse(obligation_id: int | None, reason: str, *, actor: Actor, at: datetime) -> None:
    """The obligation, if there is one, is no longer owed."""
    if obligation_id is not None:
        obligations.lapse_obligation(obligation_id=obligation_id, reason=reason, actor=actor, at=at)


def give_to(case: Case, person_id: int | None, *, actor: Actor, at: datetime) -> None:
    """Name the officer on case and obligation; None = nobody in particular."""
    case.officer_id = person_id
    if case.handling_id is not None:
        obligations.assign_obligation(
            obligation_id=case.handling_id, person_id=person_id, actor=actor, at=at
        )
