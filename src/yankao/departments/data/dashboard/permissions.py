"""Who reads a topic's inside, and who makes which move."""

from django.utils.translation import gettext_lazy

from yankao.base.actors import Actor
from yankao.departments.data.dashboard.models import Text, Topic
from yankao.departments.data.dashboard.workflow import (
    WORKFLOW,
    Move,
    Permission,
    Stage,
    State,
)


def may_see(actor: Actor, topic: Topic) -> bool:
    """Drafts, versions and history of an agency's topic; the pack's are everybody's."""
    if topic.agency_id is None:
        return actor.holds(Permission.INSIDE)
    return actor.holds(Permission.INSIDE, topic.agency_id)


def hands(actor: Actor) -> set[str]:
    """Everybody an act is ascribed to: who does it, and for whom."""
    return {key for key in (actor.key, actor.principal_key) if key}


def why_not(actor: Actor, topic: Topic, move: Move, text: Text | None) -> str | None:
    """The reason in words why the actor cannot make the move now; None = it can.

    ``text`` is the one being written, if there is one.
    """
    if topic.agency_id is None:
        return str(_OF_THE_PACK)
    if State(topic.state) not in WORKFLOW.sources_of(move):
        return str(_NOT_SHOWN)
    permission = Permission(WORKFLOW.permission_of(move))
    if not actor.holds(permission, topic.agency_id):
        return str(_BY_WHOM[permission])
    stage = Stage(text.stage) if text is not None else None
    if (needed := _NEEDS.get(move)) is not None and stage is not needed[0]:
        return str(needed[1])
    if move is Move.APPROVE and text is not None and hands(actor) & set(text.writers):
        return str(_FOUR_EYES)
    return None


_OF_THE_PACK = gettext_lazy("這個主題寫在城市資料包裡。要改，請改資料包的 dashboard_topics.csv。")
_NOT_SHOWN = gettext_lazy("公布中的主題才能下架。")
_FOUR_EYES = gettext_lazy("寫的人不能自己核定，請由另一位主管核定。")
_NEEDS = {
    Move.PROPOSE: (Stage.DRAFT, gettext_lazy("沒有草稿可以送核。")),
    Move.RETURN: (Stage.PROPOSED, gettext_lazy("沒有等待核定的內容。")),
    Move.APPROVE: (Stage.PROPOSED, gettext_lazy("沒有等待核定的內容。")),
}
_BY_WHOM = {
    Permission.WRITE: gettext_lazy("由主題所屬機關的承辦人或科長撰寫。"),
    Permission.APPROVE: gettext_lazy("由主題所屬機關的科長、首長或研考會決定。"),
}
