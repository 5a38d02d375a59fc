"""Who may see and do what with a petition: one predicate an action, each saying why not."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.workflows import Edge
from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.workflow import WORKFLOW, Move, Permission, State
from yankao.kernel.obligations import queries as obligations


@dataclass(frozen=True, slots=True)
class Ties:
    """What hangs on a petition beside its own columns; names are those of who asked."""

    extension_asked_by: str = ""
    decline_asked_by: str = ""
    open_parts: int = 0


def may_handle(actor: Actor, case: Petition) -> bool:
    """Whoever reads for the agency that holds the petition now."""
    return actor.holds(Permission.READ, case.agency_id)


def may_read(actor: Actor, case: Petition, copied_to: Collection[str]) -> bool:
    """Also those of agencies it was copied to (副知)."""
    return may_handle(actor, case) or any(actor.holds(Permission.READ, a) for a in copied_to)


def may_read_content(actor: Actor, case: Petition) -> bool:
    """Of a confidential petition only its officer and those who approve (行政程序法 §170).

    What goes to the mayor's mailbox the commission approves last.
    """
    if not case.is_confidential:
        return True
    is_mine = case.officer_id is not None and case.officer_id in obligations.persons_of(actor)
    approving = Permission.CONCEAL if case.is_to_mayor else Permission.APPROVE
    return is_mine or actor.holds(approving, case.agency_id)


def may_see_petitioner(actor: Actor, case: Petition) -> bool:
    """Only those who handle the petition now; of a confidential one its officer and approvers."""
    return actor.holds(Permission.PETITIONER, case.agency_id) and may_read_content(actor, case)


def why_not(actor: Actor, case: Petition, move: Move, ties: Ties) -> str | None:
    """None when the actor may make the move now, else the reason in words."""
    edge = WORKFLOW.edge(move, State(case.state))
    if edge is None:
        return str(_WRONG_STATE[move])
    return (
        _why_no_permission(actor, case, edge)
        or _why_hidden(actor, case, move)
        or _why_no_second_eyes(actor, case, move, ties)
        or _why_not_as_things_stand(case, move, ties)
    )


def _why_no_permission(actor: Actor, case: Petition, edge: Edge) -> str | None:
    if actor.holds(edge.permission, case.agency_id):
        return None
    return str(_BY_WHOM[Permission(edge.permission)])


_BLIND = frozenset({Move.ACCEPT, Move.ASSIGN, Move.REASSIGN, Move.CONCEAL, Move.REVEAL})
"""What can be done without reading: whoever accepts a confidential petition becomes its officer."""


def _why_hidden(actor: Actor, case: Petition, move: Move) -> str | None:
    if move in _BLIND or may_read_content(actor, case):
        return None
    return _("保密案件只由承辦人與主管處理。")


def _why_no_second_eyes(actor: Actor, case: Petition, move: Move, ties: Ties) -> str | None:
    mine = {actor.key, actor.principal_key}
    if move in _APPROVING and ties.decline_asked_by in mine:
        return _("簽報不予處理的人不能自己核定，請由另一位主管決定。")
    is_mine = case.officer_id is not None and case.officer_id == actor.person_id
    if move == Move.RECORD_ANSWER and is_mine:
        return _("承辦人不能自己核定，請由另一位主管登記。")
    if move in _DECIDING and ties.extension_asked_by in mine:
        return _("申請展期的人不能自己核准，請由另一位主管決定。")
    return None


def _why_not_as_things_stand(case: Petition, move: Move, ties: Ties) -> str | None:
    """The first thing in the way, if any; each line: move, whether it stands in the way, words."""
    hindrances = (
        (Move.ASK_EXTENSION, bool(ties.extension_asked_by), _("已經申請展期，等主管決定。")),
        (Move.GRANT_EXTENSION, not ties.extension_asked_by, _("沒有待決定的展期申請。")),
        (Move.REFUSE_EXTENSION, not ties.extension_asked_by, _("沒有待決定的展期申請。")),
        (Move.SPLIT, case.whole_id is not None, _("分辦出來的案件不能再分辦，請用改分。")),
        (Move.CLOSE, ties.open_parts > 0, _("有分辦機關還沒答覆。")),
        (Move.WITHDRAW, ties.open_parts > 0, _("有分辦機關還沒答覆，請先處理分辦案件。")),
        (Move.PROPOSE_DECLINE, ties.open_parts > 0, _("有分辦機關還沒答覆，不能不予處理。")),
        (Move.LINK, case.same_as_id is not None, _("已經標為同一事由。")),
        (Move.UNLINK, case.same_as_id is None, _("沒有標為同一事由。")),
        (Move.CONCEAL, case.is_confidential, _("已經是保密案件。")),
        (Move.REVEAL, not case.is_confidential, _("不是保密案件。")),
    )
    return next((words for which, hinders, words in hindrances if which == move and hinders), None)


_APPROVING = frozenset({Move.APPROVE_DECLINE, Move.REFUSE_DECLINE})
_DECIDING = frozenset({Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION})

_BY_WHOM = {
    Permission.HANDLE: gettext_lazy("由主辦機關的承辦人處理。"),
    Permission.ASSIGN: gettext_lazy("由主辦機關的科長指派。"),
    Permission.APPROVE: gettext_lazy("由主辦機關的科長或首長核定。"),
    Permission.REASSIGN: gettext_lazy("由主辦機關的科長、1999 或研考會改分。"),
    Permission.EXTEND: gettext_lazy("由主辦機關的科長或首長決定展期。"),
    Permission.LINK: gettext_lazy("由主辦機關、1999 或研考會標示。"),
    Permission.CONCEAL: gettext_lazy("由主辦機關的科長、首長或研考會決定。"),
    Permission.WITHDRAW: gettext_lazy("由主辦機關或 1999 登記撤回。"),
    Permission.REOPEN: gettext_lazy("由主辦機關的科長、1999 或研考會重啟。"),
}

_WRONG_STATE = {
    Move.ACCEPT: gettext_lazy("案件已經簽收。"),
    Move.ASSIGN: gettext_lazy("案件不在處理中，不必指派。"),
    Move.WAIT: gettext_lazy("處理中的案件才能請民眾補充。"),
    Move.RESUME: gettext_lazy("案件沒有在等民眾補充。"),
    Move.ANSWER: gettext_lazy("簽收後才能答覆。"),
    Move.RECORD_ANSWER: gettext_lazy("簽收後、答覆前才能登記口頭答覆。"),
    Move.CLOSE: gettext_lazy("答覆後才能結案。"),
    Move.PROPOSE_DECLINE: gettext_lazy("簽收後、答覆前才能簽報不予處理。"),
    Move.APPROVE_DECLINE: gettext_lazy("沒有等待核定的不予處理。"),
    Move.REFUSE_DECLINE: gettext_lazy("沒有等待核定的不予處理。"),
    Move.REASSIGN: gettext_lazy("答覆前才能改分。"),
    Move.SPLIT: gettext_lazy("答覆前才能分辦。"),
    Move.COPY: gettext_lazy("案件已經結束。"),
    Move.ASK_EXTENSION: gettext_lazy("簽收後、答覆前才能申請展期。"),
    Move.GRANT_EXTENSION: gettext_lazy("沒有待決定的展期申請。"),
    Move.REFUSE_EXTENSION: gettext_lazy("沒有待決定的展期申請。"),
    Move.WITHDRAW: gettext_lazy("答覆前才能登記撤回。"),
    Move.REOPEN: gettext_lazy("結束後才能重啟。"),
}
