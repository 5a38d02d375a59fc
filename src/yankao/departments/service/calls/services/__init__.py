"""Every write of calls."""

from yankao.departments.service.calls.services.desk import (
    CallGone,
    CallTaken,
    KindWrong,
    NotYours,
    WordsTooLong,
    classify_call,
    keep_words,
    open_call,
    record_export,
    take_call,
    tie_case,
)
from yankao.departments.service.calls.services.exchange import (
    EventChanged,
    EventWrong,
    Taken,
    Told,
    take_events,
)
from yankao.departments.service.calls.services.origin import CallOrigin
from yankao.departments.service.calls.services.personal import CallEchoes, CallersHeld
from yankao.departments.service.calls.services.seats import (
    PackMalformed,
    SeatTaken,
    load_scripts,
    set_seat,
)

__all__ = [
    "CallEchoes",
    "CallGone",
    "CallOrigin",
    "CallTaken",
    "CallersHeld",
    "EventChanged",
    "EventWrong",
    "KindWrong",
    "NotYours",
    "PackMalformed",
    "SeatTaken",
    "Taken",
    "Told",
    "WordsTooLong",
    "classify_call",
    "keep_words",
    "load_scripts",
    "open_call",
    "record_export",
    "set_seat",
    "take_call",
    "take_events",
    "tie_case",
]
