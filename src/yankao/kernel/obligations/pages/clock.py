"""為什麼是這個時間？ – every day that was counted, and under which rule."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base import formats
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.kernel.calendar import words as calendar_words
from yankao.kernel.calendar.rules import Unit
from yankao.kernel.obligations import queries, words
from yankao.kernel.obligations.permissions import READ
from yankao.kernel.obligations.queries import ObligationView


@requires(READ)
@require_GET
def clock(request: Request, obligation_id: int) -> HttpResponse:
    """The count, the facts and the history of one obligation."""
    obligation, changes = queries.with_changes(request.actor, obligation_id)
    due = queries.explain(obligation_id)
    context = {
        "obligation": obligation,
        "facts": _facts(obligation),
        "due": due,
        "steps": calendar_words.steps(due),
        "certainty": calendar_words.CERTAINTY_WORDS[due.term.certainty],
        "entries": [words.change_entry(one) for one in changes],
    }
    return render(request, "kernel_obligations/clock.html", context)


def _facts(one: ObligationView) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {"term": _("種類"), "value": one.kind_title},
        {"term": _("地點"), "value": one.place or one.district_name},
        {"term": _("誰負責"), "value": one.whose, "note": one.agency_name},
        {"term": _("對誰負責"), "value": one.creditor},
        {"term": _("起算時間"), "value": formats.roc_datetime(one.opened_at)},
        {"term": _("期限長度"), "value": _length(one)},
        {"term": _("最初的期限"), "value": formats.roc_datetime(one.promised_due_at)},
        {"term": _("現在的期限"), "value": formats.roc_datetime(one.due_at)},
    ]
    if one.ended_at:
        rows.append({"term": _("結束時間"), "value": formats.roc_datetime(one.ended_at)})
    if one.outcome_reason:
        rows.append({"term": _("結束原因"), "value": one.outcome_reason})
    return [row for row in rows if row["value"]]


def _length(one: ObligationView) -> str:
    if one.term_unit not in set(Unit):
        return _("指定日期")
    length = calendar_words.amount_words(Unit(one.term_unit), one.term_amount)
    if not one.extended_by:
        return length
    extension = calendar_words.amount_words(Unit(one.term_unit), one.extended_by)
    return _("%(length)s，展期 %(extension)s") % {"length": length, "extension": extension}
