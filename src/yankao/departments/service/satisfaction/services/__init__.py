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

__all__ = [
    "AlreadyAnswered",
    "PackMalformed",
    "SampleEmpty",
    "ShareWrong",
    "StillReachable",
    "answer_by_link",
    "answer_by_phone",
    "change_share",
    "close_unreachable",
    "draw_sample",
    "expire_invitations",
    "invite_closed",
    "load_surveys",
    "open_call",
    "record_call",
    "record_export",
    "take_reply",
]
