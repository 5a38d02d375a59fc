"""Who may do what with a case: one predicate an action, each saying why not."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.workflows import Edge
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.workflow import WORKFLOW, Move, Permission, State


@dataclass(frozen=True, slots=True)
class Ties:
    """What hangs on a case beside its own columns: who asked for more time, whom it leads."""

    extension_asked_by: str = ""
    followers: int = 0
    open_parts: int = 0


def may_see(actor: Actor, case: Case) -> bool:
    """Holders of read at the case's agency; a former owner is asked for by ``queries``."""
    return actor.holds(Permission.READ, case.agency_id or "") or (
        case.agency_id is None and actor.agencies_for(Permission.READ) is None
    )


def may_see_reporter(actor: Actor, case: Case) -> bool:
    """Only those who handle the case now."""
    return case.agency_id is not None and actor.holds(Permission.REPORTER, case.agency_id)


def may_publish(actor: Actor, case: Case) -> bool:
    """Those who handle or verify the case decide what of its photos everybody sees."""
    agency = case.agency_id
    return agency is not None and (
        actor.holds(Permission.HANDLE, agency) or actor.holds(Permission.VERIFY, agency)
    )


def why_not(actor: Actor, case: Case, move: Move, ties: Ties) -> str | None:
    """None when the actor may make the move now, else the reason in words."""
    edge = WORKFLOW.edge(move, State(case.state))
    if edge is None:
        return str(_WRONG_STATE[move])
    return (
        _why_no_permission(actor, case, edge)
        or _why_no_second_eyes(actor, case, move, ties)
        or _why_not_as_things_stand(case, move, ties)
    )


def _why_no_permission(actor: Actor, case: Case, edge: Edge) -> str | None:
    if case.agency_id is not None and actor.holds(edge.permission, case.agency_id):
        return None
    return str(_BY_WHOM[Permission(edge.permission)])


def _why_no_second_eyes(actor: Actor, case: Case, move: Move, ties: Ties) -> str | None:
    mine = {actor.key, actor.principal_key}
    if move in {Move.VERIFY, Move.RETURN} and case.done_by in mine:
        return _("回報完成的人不能自己查驗，請由另一位主管查驗。")
    if move in _DECIDING and ties.extension_asked_by in mine:
        return _("申請展期的人不能自己核准，請由另一位主管決定。")
    return None


def _why_not_as_things_stand(case: Case, move: Move, ties: Ties) -> str | None:
    """The first thing in the way, if any; each line: move, whether it stands in the way, words."""
    hindrances = (
        (Move.ASK_EXTENSION, bool(ties.extension_asked_by), _("已經申請展期，等主管決定。")),
        (Move.GRANT_EXTENSION, not ties.extension_asked_by, _("沒有待決定的展期申請。")),
        (Move.REFUSE_EXTENSION, not ties.extension_asked_by, _("沒有待決定的展期申請。")),
        (Move.MARK_URGENT, case.is_urgent, _("已經是急件。")),
        (Move.UNMARK_URGENT, not case.is_urgent, _("不是急件。")),
        (Move.SPLIT, case.whole_id is not None, _("分辦出來的案件不能再分辦，請用改分。")),
        (Move.JOIN, ties.open_parts > 0, _("有分辦案件還沒結案，不能併入他案。")),
        (Move.VERIFY, ties.open_parts > 0, _("有分辦案件還沒結案，結案後才能查驗。")),
        (Move.CANCEL, ties.open_parts > 0, _("有分辦案件還沒結案，不能註銷。")),
        (Move.CANCEL, ties.followers > 0, _("有併入的通報，請先解除併案再註銷。")),
    )
    return next((words for which, hinders, words in hindrances if which == move and hinders), None)


_DECIDING = frozenset({Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION})

_BY_WHOM = {
    Permission.HANDLE: gettext_lazy("由主辦機關的承辦人處理。"),
    Permission.ASSIGN: gettext_lazy("由主辦機關的科長指派。"),
    Permission.VERIFY: gettext_lazy("由主辦機關的科長或研考會查驗。"),
    Permission.REASSIGN: gettext_lazy("由主辦機關的科長、1999 或研考會改分。"),
    Permission.EXTEND: gettext_lazy("由主辦機關的科長或首長決定展期。"),
    Permission.PAUSE: gettext_lazy("由主辦機關的科長或首長暫停。"),
    Permission.URGENT: gettext_lazy("由科長、1999 或研考會標示急件。"),
    Permission.JOIN: gettext_lazy("由主辦機關、1999 或研考會併案。"),
    Permission.CANCEL: gettext_lazy("由主辦機關的科長或研考會註銷。"),
    Permission.REOPEN: gettext_lazy("由主辦機關的科長、1999 或研考會重啟。"),
}

_WRONG_STATE = {
    Move.ACCEPT: gettext_lazy("案件已經簽收。"),
    Move.ASSIGN: gettext_lazy("案件不在處理中，不必指派。"),
    Move.REPORT_DONE: gettext_lazy("簽收後才能回報完成；已回報的案件等待查驗。"),
    Move.VERIFY: gettext_lazy("案件回報完成後才能查驗。"),
    Move.RETURN: gettext_lazy("案件回報完成後才能退回。"),
    Move.CLOSE: gettext_lazy("查驗通過後才能結案。"),
    Move.REASSIGN: gettext_lazy("回報完成前才能改分；已完成的請先退回。"),
    Move.SPLIT: gettext_lazy("回報完成前才能分辦。"),
    Move.ASK_EXTENSION: gettext_lazy("簽收後、回報完成前才能申請展期。"),
    Move.GRANT_EXTENSION: gettext_lazy("沒有待決定的展期申請。"),
    Move.REFUSE_EXTENSION: gettext_lazy("沒有待決定的展期申請。"),
    Move.PAUSE: gettext_lazy("處理中的案件才能暫停。"),
    Move.RESUME: gettext_lazy("案件沒有暫停。"),
    Move.MARK_URGENT: gettext_lazy("回報完成前才能標示急件。"),
    Move.UNMARK_URGENT: gettext_lazy("回報完成前才能取消急件。"),
    Move.JOIN: gettext_lazy("待簽收或處理中的案件才能併入他案。"),
    Move.SEPARATE: gettext_lazy("案件沒有併入他案。"),
    Move.CANCEL: gettext_lazy("回報完成前才能註銷。"),
    Move.REOPEN: gettext_lazy("結案後才能重啟。"),
}
