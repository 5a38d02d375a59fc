"""Every write of dispatch, by topic; what others call is named here."""

from yankao.departments.service.dispatch.services.common import Contact
from yankao.departments.service.dispatch.services.imports import ImportReport, import_potholes
from yankao.departments.service.dispatch.services.intake import (
    Reported,
    Where,
    report_case,
)
from yankao.departments.service.dispatch.services.pack import load_groups, load_items, load_routes
from yankao.departments.service.dispatch.services.turns import (
    accept_case,
    assign_case,
    record_export,
    record_reporter_view,
    report_done,
    return_case,
    verify_case,
)

__all__ = [
    "Contact",
    "ImportReport",
    "Reported",
    "Where",
    "accept_case",
    "assign_case",
    "import_potholes",
    "load_groups",
    "load_items",
    "load_routes",
    "record_export",
    "record_reporter_view",
    "report_case",
    "report_done",
    "return_case",
    "verify_case",
]
