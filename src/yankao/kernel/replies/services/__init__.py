"""Every write to replies. ``actor`` is who does it, ``at`` when.

from yankao.kernel.replies import services as replies
reply = replies.write_draft(subject=..., agency=..., version=0, ..., actor=actor, at=at)
"""

from yankao.kernel.replies.services.approval import (
    ReasonMissing,
    RouteMissing,
    Unready,
    approve_reply,
    approve_waiting,
    cancel_sending,
    return_reply,
    submit_reply,
    withdraw_reply,
)
from yankao.kernel.replies.services.common import MayNot, WrongTurn
from yankao.kernel.replies.services.drafts import (
    DraftGone,
    DraftMoved,
    NothingToAnswer,
    TextTooLong,
    check_may_write,
    discard_draft,
    drop_reply,
    write_draft,
)
from yankao.kernel.replies.services.pack import PackMalformed, load_routes, load_templates
from yankao.kernel.replies.services.phrases import (
    PhraseIncomplete,
    change_phrase,
    delete_phrase,
    save_phrase,
)
from yankao.kernel.replies.services.presence import leave, touch_presence
from yankao.kernel.replies.services.sending import (
    PostedOnWrong,
    forget_words,
    mark_posted,
    note_undelivered,
    print_letter,
    send_due,
    send_now,
)
from yankao.kernel.replies.services.templates import (
    TemplateUnusable,
    add_template,
    change_template,
    retire_template,
)

__all__ = [
    "DraftGone",
    "DraftMoved",
    "MayNot",
    "NothingToAnswer",
    "PackMalformed",
    "PhraseIncomplete",
    "PostedOnWrong",
    "ReasonMissing",
    "RouteMissing",
    "TemplateUnusable",
    "TextTooLong",
    "Unready",
    "WrongTurn",
    "add_template",
    "approve_reply",
    "approve_waiting",
    "cancel_sending",
    "change_phrase",
    "change_template",
    "check_may_write",
    "delete_phrase",
    "discard_draft",
    "drop_reply",
    "forget_words",
    "leave",
    "load_routes",
    "load_templates",
    "mark_posted",
    "note_undelivered",
    "print_letter",
    "retire_template",
    "return_reply",
    "save_phrase",
    "send_due",
    "send_now",
    "submit_reply",
    "touch_presence",
    "withdraw_reply",
    "write_draft",
]
