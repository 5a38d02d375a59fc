"""The directory as a table for spreadsheets."""

import csv

from django.http import HttpResponse
from django.utils.translation import gettext as _

from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.kernel.people import queries

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def exported(request: Request, filters: queries.PeopleFilter) -> HttpResponse:
    """All pages of the narrowed directory as CSV (UTF-8 with BOM, which spreadsheets ask for)."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="people.csv"'
    response.write("\ufeff")
    table = csv.writer(response)
    titles = (_("帳號"), _("姓名"), _("機關"), _("單位"), _("角色"), _("狀態"), _("最近登入"))
    table.writerow(titles)
    for row in queries.all_people(request.actor, filters=filters, at=request.now):
        table.writerow([_harmless(text) for text in _cells(row)])
    return response


def _cells(row: queries.PersonRow) -> list[str]:
    last_login = (
        row.last_login.astimezone(TAIPEI).isoformat(timespec="minutes") if row.last_login else ""
    )
    return [
        row.account,
        row.name,
        row.agency_name,
        row.unit_name,
        "、".join(role.title for role in row.roles),
        _("使用中") if row.is_active else _("已停用"),
        last_login,
    ]


def _harmless(text: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
