"""Every write of dispatch, by topic; what others call is named here."""

from yankao.departments.service.dispatch.services.clocks import (
    ask_extension,
    grant_extension,
    pause_case,
    refuse_extension,
    resume_case,
)
from yankao.departments.service.dispatch.services.endings import (
    cancel_case,
    may_say_still_bad,
    reopen_case,
    say_still_bad,
)
from yankao.departments.service.dispatch.services.flags import mark_urgent, unmark_urgent
from yankao.departments.service.dispatch.services.handing import Part, reassign_case, split_case
from yankao.departments.service.dispatch.services.imports import (
    FORMATS,
    ImportReport,
    import_records,
)
from yankao.departments.service.dispatch.services.intake import (
    Late,
    Reported,
    Where,
    report_case,
    unclear_item,
)
from yankao.departments.service.dispatch.services.joining import (
    CannotLead,
    Group,
    Joined,
    join_cases,
    join_groups,
    separate_case,
)
from yankao.departments.service.dispatch.services.many import Report, report_cases
from yankao.departments.service.dispatch.services.pack import load_groups, load_items, load_routes
from yankao.departments.service.dispatch.services.publishing import (
    publish_photo,
    withdraw_photo,
)
from yankao.departments.service.dispatch.services.turns import (
    NoProof,
    accept_case,
    assign_case,
    record_caller_view,
    record_export,
    record_reporter_view,
    report_done,
    return_case,
    verify_case,
)
from yankao.departments.service.dispatch.services.undoing import undo_move
from yankao.departments.service.dispatch.services.year import generate_year, phoned_of_year
from yankao.kernel.casework.telling import Contact

__all__ = [
    "FORMATS",
    "CannotLead",
    "Contact",
    "Group",
    "ImportReport",
    "Joined",
    "Late",
    "NoProof",
    "Part",
    "Report",
    "Reported",
    "Where",
    "accept_case",
    "ask_extension",
    "assign_case",
    "cancel_case",
    "generate_year",
    "grant_extension",
    "import_records",
    "join_cases",
    "join_groups",
    "load_groups",
    "load_items",
    "load_routes",
    "mark_urgent",
    "may_say_still_bad",
    "pause_case",
    "phoned_of_year",
    "publish_photo",
    "reassign_case",
    "record_caller_view",
    "record_export",
    "record_reporter_view",
    "refuse_extension",
    "reopen_case",
    "report_case",
    "report_cases",
    "report_done",
    "resume_case",
    "return_case",
    "say_still_bad",
    "separate_case",
    "split_case",
    "unclear_item",
    "undo_move",
    "unmark_urgent",
    "verify_case",
    "withdraw_photo",
]
