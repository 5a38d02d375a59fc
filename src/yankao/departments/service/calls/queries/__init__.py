"""Every read of calls. An agent sees their own, who supervises sees all."""

from yankao.departments.service.calls.queries.calls import (
    CallSubjects,
    NoSuchCall,
    call_for,
    call_named,
    caller_of,
    calls_for,
    history_of,
    masked_phone,
    may_see,
    no_call,
    own_call,
    words_of,
)
from yankao.departments.service.calls.queries.desk import (
    Desk,
    desk_of,
    exchange_secrets,
    lost_to,
    scripts_for,
    seat_of,
    seats,
)
from yankao.departments.service.calls.queries.sheets import call_sheet
from yankao.departments.service.calls.queries.words import (
    HAPPENED_WORDS,
    KIND_WORDS,
    STATE_TONES,
    STATE_WORDS,
)

__all__ = [
    "HAPPENED_WORDS",
    "KIND_WORDS",
    "STATE_TONES",
    "STATE_WORDS",
    "CallSubjects",
    "Desk",
    "NoSuchCall",
    "call_for",
    "call_named",
    "call_sheet",
    "caller_of",
    "calls_for",
    "desk_of",
    "exchange_secrets",
    "history_of",
    "lost_to",
    "masked_phone",
    "may_see",
    "no_call",
    "own_call",
    "scripts_for",
    "seat_of",
    "seats",
    "words_of",
]
