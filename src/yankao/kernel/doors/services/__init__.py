"""Every write at the public doors: keys, knocks, guards of forms, answers given once."""

from yankao.kernel.doors.services.answers import KeyReused, answer_once
from yankao.kernel.doors.services.guards import (
    Answers,
    PuzzleDue,
    PuzzleStale,
    Sheet,
    check_guard,
    new_sheet,
)
from yankao.kernel.doors.services.keys import (
    Issued,
    KeyOver,
    KeyWrong,
    issue_key,
    replace_key,
    revoke_key,
)
from yankao.kernel.doors.services.knocks import (
    KeyInvalid,
    ScopeMissing,
    TooManyKnocks,
    Verdict,
    admit,
    forgive,
    knock,
    sweep,
    use_key,
)

__all__ = [
    "Answers",
    "Issued",
    "KeyInvalid",
    "KeyOver",
    "KeyReused",
    "KeyWrong",
    "PuzzleDue",
    "PuzzleStale",
    "ScopeMissing",
    "Sheet",
    "TooManyKnocks",
    "Verdict",
    "admit",
    "answer_once",
    "check_guard",
    "forgive",
    "issue_key",
    "knock",
    "new_sheet",
    "replace_key",
    "revoke_key",
    "sweep",
    "use_key",
]
