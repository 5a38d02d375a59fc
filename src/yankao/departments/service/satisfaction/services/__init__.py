"""Every write of satisfaction."""

from yankao.departments.service.satisfaction.services.answering import (
    AlreadyAnswered,
    answer_by_link,
    answer_by_phone,
    open_call,
    record_call,
)
from yankao.departments.service.satisfaction.services.asking import (
    SampleEmpty,
    draw_sample,
    expire_invitations,
    invite_closed,
)
from yankao.departments.service.satisfaction.services.questions import (
    NothingChanged,
    QuestionsWrong,
    check_questions,
    discard_draft,
    move_question,
    publish_draft,
    remove_question,
    save_question,
    start_draft,
    take_questions,
    undo_draft,
)
from yankao.departments.service.satisfaction.services.second import (
    StillReachable,
    close_unreachable,
    take_reply,
)
from yankao.departments.service.satisfaction.services.surveys import (
    PackMalformed,
    ShareWrong,
    change_share,
    load_surveys,
    record_export,
)
from yankao.departments.service.satisfaction.services.year import generate_year

__all__ = [
    "AlreadyAnswered",
    "NothingChanged",
    "PackMalformed",
    "QuestionsWrong",
    "SampleEmpty",
    "ShareWrong",
    "StillReachable",
    "answer_by_link",
    "answer_by_phone",
    "change_share",
    "check_questions",
    "close_unreachable",
    "discard_draft",
    "draw_sample",
    "expire_invitations",
    "generate_year",
    "invite_closed",
    "load_surveys",
    "move_question",
    "open_call",
    "publish_draft",
    "record_call",
    "record_export",
    "remove_question",
    "save_question",
    "start_draft",
    "take_questions",
    "take_reply",
    "undo_draft",
]
