"""Who reads an entry, and who makes which move."""

from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.departments.service.knowledge.models import Entry, Version
from yankao.departments.service.knowledge.workflow import (
    WORKFLOW,
    Move,
    Permission,
    Stage,
    State,
)


def may_see(actor: Actor, entry: Entry) -> bool:
    """What is shown to citizens every reader of the staff sees; the rest its agency."""
    if entry.state in {State.PUBLISHED, State.MERGED}:
        return actor.holds(Permission.READ)
    return sees_inside(actor, entry)


def sees_inside(actor: Actor, entry: Entry) -> bool:
    """Drafts, history and what readers remarked."""
    return actor.holds(Permission.INSIDE, entry.agency_id)


def hands(actor: Actor) -> set[str]:
    """Everybody an act is ascribed to: who does it, and for whom."""
    return {key for key in (actor.key, actor.principal_key) if key}


def why_not(actor: Actor, entry: Entry, move: Move, text: Version | None) -> str | None:
    """The reason in words why the actor cannot make the move now; None = it can.

    ``text`` is the version that is being written, if there is one.
    """
    if State(entry.state) not in WORKFLOW.sources_of(move):
        return str(_WRONG_STATE[move])
    permission = WORKFLOW.permission_of(move)
    if not actor.holds(permission, entry.agency_id):
        return str(_BY_WHOM[Permission(permission)])
    stage = Stage(text.stage) if text is not None else None
    if (needed := _NEEDS.get(move)) is not None and stage not in needed[0]:
        return str(needed[1])
    if move is Move.APPROVE and text is not None and hands(actor) & set(text.writers):
        return str(_FOUR_EYES)
    return None


_FOUR_EYES = gettext_lazy("寫的人不能自己核定，請由另一位主管核定。")
_IS_WAITING = (frozenset({Stage.PROPOSED}), gettext_lazy("沒有等待核定的內容。"))
_NEEDS = {
    Move.WRITE: (
        frozenset({None, Stage.DRAFT}),
        gettext_lazy("內容已送核。要再修改，請先取回。"),
    ),
    Move.PROPOSE: (frozenset({Stage.DRAFT}), gettext_lazy("沒有草稿可以送核。")),
    Move.DISCARD: (frozenset({Stage.DRAFT}), gettext_lazy("沒有草稿可以捨棄。")),
    Move.TAKE_BACK: _IS_WAITING,
    Move.RETURN: _IS_WAITING,
    Move.APPROVE: _IS_WAITING,
    Move.MERGE: (frozenset({None}), gettext_lazy("還有寫到一半的內容。請先核定或捨棄，再合併。")),
}

_BY_WHOM = {
    Permission.WRITE: gettext_lazy("由主辦機關的承辦人或科長撰寫。"),
    Permission.APPROVE: gettext_lazy("由主辦機關的科長、首長或研考會決定。"),
}

_WRONG_STATE = {
    Move.WRITE: gettext_lazy("已併入另一則問答。要修改，請先取消合併。"),
    Move.PROPOSE: gettext_lazy("已併入另一則問答，沒有草稿可以送核。"),
    Move.TAKE_BACK: gettext_lazy("已併入另一則問答，沒有等待核定的內容。"),
    Move.RETURN: gettext_lazy("已併入另一則問答，沒有等待核定的內容。"),
    Move.DISCARD: gettext_lazy("已併入另一則問答，沒有草稿可以捨棄。"),
    Move.HAND_OVER: gettext_lazy("已併入另一則問答，不能再移交。"),
    Move.APPROVE: gettext_lazy("已併入另一則問答，沒有等待核定的內容。"),
    Move.CONFIRM: gettext_lazy("發布中的問答才需要檢視。"),
    Move.WITHDRAW: gettext_lazy("發布中的問答才能下架。"),
    Move.RESTORE: gettext_lazy("下架的問答才能重新上架。"),
    Move.MERGE: gettext_lazy("發布中的問答才能併入另一則。"),
    Move.UNMERGE: gettext_lazy("沒有併入另一則問答。"),
}
