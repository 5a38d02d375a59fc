"""Every write to obligations. The calling system has decided that the actor may.

from yankao.kernel.obligations import services as obligations
obligations.open_obligation(...)
"""

from yankao.kernel.obligations.services.forgetting import mask_reasons
from yankao.kernel.obligations.services.ladder import (
    LadderMalformed,
    load_escalation,
    remind_and_escalate,
)
from yankao.kernel.obligations.services.moves import (
    ExtensionMissing,
    NotPausable,
    NotRunning,
    ObligationUnknown,
    ReasonMissing,
    assign_obligation,
    extend_obligation,
    fulfil_obligation,
    lapse_obligation,
    lapse_obligations,
    pause_obligation,
    resume_obligation,
)
from yankao.kernel.obligations.services.opening import (
    DueBeforeOpened,
    NewObligation,
    TermMissing,
    open_new,
    open_obligation,
    open_obligations,
)
from yankao.kernel.obligations.services.past import (
    PastObligation,
    PastTurn,
    due_after,
    store_past,
)
from yankao.kernel.obligations.services.recount import Recount, recompute_due
from yankao.kernel.obligations.services.traces import record_export

__all__ = [
    "DueBeforeOpened",
    "ExtensionMissing",
    "LadderMalformed",
    "NewObligation",
    "NotPausable",
    "NotRunning",
    "ObligationUnknown",
    "PastObligation",
    "PastTurn",
    "ReasonMissing",
    "Recount",
    "TermMissing",
    "assign_obligation",
    "due_after",
    "extend_obligation",
    "fulfil_obligation",
    "lapse_obligation",
    "lapse_obligations",
    "load_escalation",
    "mask_reasons",
    "open_new",
    "open_obligation",
    "open_obligations",
    "pause_obligation",
    "recompute_due",
    "record_export",
    "remind_and_escalate",
    "resume_obligation",
    "store_past",
]
