"""The page of one case."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yankao.base import formats
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import queries, services
from yankao.departments.service.dispatch.pages import moves
from yankao.departments.service.dispatch.workflow import Move, Permission
from yankao.kernel.casework import sight
from yankao.kernel.casework.faces import Form
from yankao.kernel.obligations.faces import next_url


@requires(Permission.READ)
def detail(request: Request, number: str) -> HttpResponse:
    """One case: what was said, who owes what, what can be done now, and all that happened."""
    found = queries.case_for(request.actor, number, at=request.now)
    actions, more = _actions(found)
    context = {
        "next_url": next_url(request.actor, number),
        "detail": found,
        "case": found.case,
        "actions": actions,
        "more": more,
        "refused": [
            {"title": moves.FACES[m.move].title, "reason": m.refused}
            for m in found.moves
            if m.refused is not None
        ],
        "responsible": _responsible(found.case, whole=found.seen_until is None),
        "photos": [_photo(found, attachment) for attachment in found.attachments],
        "duplicates": _duplicates(request, found),
    }
    return render(request, "service_dispatch/case.html", context)


def _duplicates(request: Request, detail: queries.CaseDetail) -> list[dict[str, Any]]:
    """What may be the same, each with the way to join the later report to the earlier one."""
    if not request.actor.holds(Permission.JOIN, detail.case.agency_id or ""):
        return []
    offered = []
    for one in detail.related.duplicates:
        pair = (detail.case, one.case)
        lead, follows = sorted(pair, key=lambda case: (case.received_at, case.pk))
        title = _("併入 %(number)s") if follows == detail.case else _("把 %(number)s 併進這件")
        offered.append(
            {
                "other": one.case,
                "metres": None if one.distance_m is None else round(one.distance_m),
                "lead": lead.number,
                "url": reverse("service_dispatch:move", args=[follows.number, Move.JOIN]),
                "title": title % {"number": one.case.number},
            }
        )
    return offered


KEYS = {
    Move.ACCEPT: "a", Move.REPORT_DONE: "r", Move.VERIFY: "v", Move.RETURN: "b", Move.ASSIGN: "i",
    Move.REASSIGN: "g", Move.SPLIT: "s", Move.ASK_EXTENSION: "e", Move.GRANT_EXTENSION: "y",
    Move.REFUSE_EXTENSION: "n", Move.PAUSE: "p", Move.RESUME: "p", Move.MARK_URGENT: "f",
    Move.UNMARK_URGENT: "f", Move.JOIN: "m", Move.SEPARATE: "m", Move.CANCEL: "c", Move.REOPEN: "o",
}  # fmt: skip
"""One letter each; two moves share one only where never both are offered."""
DAILY = (
    Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION, Move.ACCEPT, Move.REPORT_DONE, Move.VERIFY,
    Move.RESUME, Move.RETURN, Move.ASSIGN, Move.ASK_EXTENSION, Move.SEPARATE, Move.REOPEN,
)  # fmt: skip
"""What the day brings, what waits for an answer first; the rest is folded away."""


def _actions(detail: queries.CaseDetail) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What may be done now: daily ones, the first of them primary, and the rest."""
    number = detail.case.number
    daily, more = sight.actions(detail.moves, DAILY, lambda move: _action(number, move))
    if detail.undoable is not None:
        words = {"move": queries.MOVE_WORDS[detail.undoable.move]}
        url = reverse("service_dispatch:undo", args=[number])
        daily.append(sight.undo_action(_("復原「%(move)s」（一分鐘內）") % words, url))
    return daily, more


def _action(number: str, move: Move) -> dict[str, Any]:
    face = moves.FACES[move]
    return {
        "title": face.title,
        "tone": "warning" if move == Move.CANCEL else "secondary",
        "key": KEYS[move],
        "method": "post" if face.form is Form else "get",
        "url": reverse("service_dispatch:move", args=[number, move]),
    }


def _name(named: Any) -> str:
    return "" if named is None else str(local(named.name))


PHOTO_WORDS = {"report": _("通報照片"), "before": _("施工前"), "after": _("完工照片")}


def _photo(found: queries.CaseDetail, attachment: Any) -> dict[str, Any]:
    words = PHOTO_WORDS.get(attachment.purpose, _("照片"))
    return {
        "url": attachment.url,
        "thumbnail_url": attachment.thumbnail_url,
        "held": attachment.held_words,
        "alt": words,
        "purpose": words,
        "at": attachment.at,
        "more_url": reverse("service_dispatch:photo", args=[found.case.number, attachment.uuid])
        if found.may_publish and not attachment.held_words
        else "",
        "more": _("已公開") if attachment.is_public else _("公開這張照片"),
    }


def _responsible(case: Any, *, whole: bool) -> list[dict[str, Any]]:
    """Who handles the case; a former owner learns only which agency."""
    if not whole:
        return [{"term": _("現在的主辦機關"), "value": _name(case.agency)}]
    return [
        {"term": _("主辦機關"), "value": _name(case.agency), "note": _name(case.unit)},
        {"term": _("承辦人"), "value": _name(case.officer) or _("還沒有人簽收")},
        {"term": _("受理"), "value": formats.roc_datetime(case.received_at)},
        {"term": _("給民眾的話"), "value": case.public_remark or _("回報完成時填寫")},
    ]


@requires(Permission.REPORTER)
@require_POST
def reporter(request: Request, number: str) -> HttpResponse:
    """Who reported; showing it is written to the trail."""
    with durable():
        found = queries.reporter_of(request.actor, number)
        services.record_reporter_view(number=number, actor=request.actor, at=request.now)
    rows = found and [
        {"term": _("稱呼"), "value": found.name},
        {
            "term": _("電話"),
            "value": found.phone,
            "url": f"tel:{found.phone}" if found.phone else "",
        },
        {"term": _("電子郵件"), "value": found.email},
    ]
    return render(request, "service_dispatch/reporter.html", {"rows": rows, "number": number})
