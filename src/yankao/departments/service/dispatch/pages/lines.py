"""The lines of the case list, drawn: as nodes of a template they took most of the page's time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yankao.base import formats
from yankao.base.local_names import local
from yankao.base.templatetags import ui

Line = dict[str, Any]

HEADS: dict[str, Any] = {
    "due_head": _("期限"),
    "number_head": _("案號"),
    "item_head": _("項目"),
    "place_head": _("地點"),
    "state_head": _("狀態"),
    "agency_head": _("主辦"),
    "received_head": _("受理"),
}
"""The heads of the columns; on a narrow screen each cell has its own."""

_ROW = """<tr>
  <td class="yk-no-print yk-table__tick"><input type="checkbox" name="number" value="{number}" \
form="bulk" aria-label="{pick}"></td>
  <td data-label="{due_head}">{clock}</td>
  <td data-label="{number_head}"><a class="govuk-link" href="{url}">{number}</a></td>
  <td data-label="{item_head}">{item}</td>
  <td data-label="{place_head}"><span>{where}</span></td>
  <td data-label="{state_head}"><span>{tag}</span></td>
  <td data-label="{agency_head}"><span>{who}</span></td>
  <td data-label="{received_head}">{received}</td>
</tr>
"""


def rows_of(found: Sequence[Line], *, now: datetime) -> SafeString:
    """The rows of the table."""
    heads = {name: str(word) for name, word in HEADS.items()}
    return format_html_join("", _ROW, (heads | _cells(line) for line in drawn(found, now=now)))


def drawn(found: Sequence[Line], *, now: datetime) -> list[Line]:
    """Each line of ``cases_for`` with its address, and with its clock and state as they look."""
    stem = reverse("service_dispatch:case", args=["-"]).removesuffix("-/")
    tags = {key: _tag(*key) for key in {(line["state"], line["is_urgent"]) for line in found}}
    return [
        line
        | {
            "url": f"{stem}{quote(line['number'])}/",
            "clock": _clock(line, now),
            "tag": tags[line["state"], line["is_urgent"]],
        }
        for line in found
    ]


def _tag(state: str, is_urgent: bool) -> SafeString:
    case = {"state": state, "is_urgent": is_urgent}
    return render_to_string("service_dispatch/_state.html", {"case": case})


def _clock(line: Line, now: datetime) -> SafeString:
    """What is left of the time; of work that is done, how it was done."""
    due_at, done_at = line["due_at"], line["done_at"]
    if due_at is None:
        return format_html('<span class="yk-quiet">{}</span>', formats.MISSING)
    if done_at is None:
        return ui.clock(due_at, now, line["clock"], line["clock_ended_at"])
    return ui.clock(due_at, now, "fulfilled", done_at, short=True)


def _cells(line: Line) -> Line:
    return line | {
        "pick": gettext("選取 %(number)s") % line,
        "item": local(line["item"]),
        "where": _where(line),
        "who": _who(line),
        "received": ui.moment(line["received_at"]),
    }


def _where(line: Line) -> SafeString:
    words = line["place"] if line["place"] != line["district"] else ""
    unclear = ui.tag("neutral", gettext("地點不明")) if line["place_problem"] else ""
    parts = (local(line["district"]), words, unclear)
    return format_html_join(" ", "{}", ((part,) for part in parts if part))


def _who(line: Line) -> Any:
    agency = local(line["agency_short"] or line["agency"]) or formats.MISSING
    if not line["officer"]:
        return agency
    return format_html('{} <span class="yk-quiet">{}</span>', agency, line["officer"])
