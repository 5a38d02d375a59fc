"""Who may do what with a case: one predicate an action, each saying why not."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.base.workflows import Edge
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.workflow import WORKFLOW, Move, Permission, State


def may_see(actor: Actor, case: Case) -> bool:
    """Holders of read at the case's agency; a former owner is asked for by ``queries``."""
    return actor.holds(Permission.READ, case.agency_id or "") or (
        case.agency_id is None and actor.agencies_for(Permission.READ) is None
    )


def may_see_reporter(actor: Actor, case: Case) -> bool:
    """Only those who handle the case now."""
    return case.agency_id is not None and actor.holds(Permission.REPORTER, case.agency_id)


def why_not(actor: Actor, case: Case, move: Move) -> str | None:
    """None when the actor may make the move now, else the reason in words."""
    edge = WORKFLOW.edge(move, State(case.state))
    if edge is None:
        return str(_WRONG_STATE[move])
    return _why_no_permission(actor, case, edge) or _why_no_second_eyes(actor, case, move)


def _why_no_permission(actor: Actor, case: Case, edge: Edge) -> str | None:
    if case.agency_id is not None and actor.holds(edge.permission, case.agency_id):
        return None
    return {
        Permission.HANDLE: _("由主辦機關的承辦人處理。"),
        Permission.ASSIGN: _("由主辦機關的科長指派。"),
        Permission.VERIFY: _("由主辦機關的科長或研考會查驗。"),
    }[Permission(edge.permission)]


def _why_no_second_eyes(actor: Actor, case: Case, move: Move) -> str | None:
    if move in {Move.VERIFY, Move.RETURN} and case.done_by in {actor.key, actor.principal_key}:
        return _("回報完成的人不能自己查驗，請由另一位主管查驗。")
    return None


_WRONG_STATE = {
    Move.ACCEPT: gettext_lazy("案件已經簽收。"),
    Move.ASSIGN: gettext_lazy("案件已回報完成，不必再指派。"),
    Move.REPORT_DONE: gettext_lazy("簽收後才能回報完成；已回報的案件等待查驗。"),
    Move.VERIFY: gettext_lazy("案件回報完成後才能查驗。"),
    Move.RETURN: gettext_lazy("案件回報完成後才能退回。"),
    Move.CLOSE: gettext_lazy("查驗通過後才能結案。"),
}
