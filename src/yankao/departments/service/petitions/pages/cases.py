"""The page of one petition."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yankao.base import formats
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.departments.service.petitions import queries, services
from yankao.departments.service.petitions.pages import clocks, moves
from yankao.departments.service.petitions.pages.listing import CHANNEL_WORDS
from yankao.departments.service.petitions.workflow import (
    KIND,
    Ground,
    Move,
    Permission,
    State,
)
from yankao.kernel.casework import sight
from yankao.kernel.casework.faces import Form
from yankao.kernel.obligations.faces import next_url
from yankao.kernel.replies.panel import Panel, panel_for

KEYS = {
    Move.ACCEPT: "a", Move.ASSIGN: "i", Move.WAIT: "p", Move.RESUME: "p", Move.RECORD_ANSWER: "t",
    Move.PROPOSE_DECLINE: "x", Move.APPROVE_DECLINE: "v", Move.REFUSE_DECLINE: "b",
    Move.REASSIGN: "g", Move.SPLIT: "s", Move.COPY: "c", Move.ASK_EXTENSION: "e",
    Move.GRANT_EXTENSION: "y", Move.REFUSE_EXTENSION: "n", Move.LINK: "m", Move.UNLINK: "m",
    Move.CONCEAL: "h", Move.REVEAL: "h", Move.WITHDRAW: "w", Move.REOPEN: "o",
}  # fmt: skip
"""One letter each; two moves share one only where never both are offered."""
DAILY = (
    Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION, Move.APPROVE_DECLINE, Move.REFUSE_DECLINE,
    Move.ACCEPT, Move.RESUME, Move.ASSIGN, Move.WAIT, Move.ASK_EXTENSION, Move.REASSIGN,
    Move.REOPEN,
)  # fmt: skip
"""What the day brings, what waits for an answer first; the rest is folded away."""


@requires(Permission.READ)
def detail(request: Request, number: str) -> HttpResponse:
    """One petition: what was said, who owes what, what can be done now, all that happened."""
    found = queries.petition_for(request.actor, number, at=request.now)
    decline = found.waiting_decline
    reads = found.may_read_content and found.seen_until is None
    panel = _panel(request, found.case) if reads else None
    actions, more = _actions(found, panel)
    context = {
        "next_url": next_url(request.actor, number),
        "detail": found,
        "case": found.case,
        "title": found.case.title if found.may_read_content else queries.HIDDEN_TITLE,
        "actions": actions,
        "more": more,
        "refused": [
            {"title": moves.FACES[m.move].title, "reason": m.refused}
            for m in found.moves
            if m.refused is not None
        ],
        "responsible": _responsible(found),
        "why_due": clocks.sentences(queries.why_due(found.case, found.moves_made)),
        "decline": decline,
        "panel": panel,
        "ground": queries.GROUND_WORDS[Ground(decline.ground)] if decline else "",
    }
    return render(request, "service_petitions/case.html", context)


def _panel(request: Request, case: Any) -> Panel:
    """The answer: drafts, approval and what was sent."""
    return panel_for(request.actor, Subject(KIND, case.pk), case.agency_id, at=request.now)


def _actions(
    found: queries.PetitionDetail, panel: Panel | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What may be done now: daily ones, the first of them primary, and the rest.

    Before all others comes writing the answer, further down on the page.
    """
    number = found.case.number
    daily, more = sight.actions(found.moves, DAILY, lambda move: _action(number, Move(move)))
    if panel is not None and panel.editor is not None and found.case.state == State.ACCEPTED:
        for action in daily:
            action["tone"] = "secondary"
        write = {"title": _("寫答覆"), "tone": "primary", "key": "r", "method": "get"}
        daily.insert(0, {**write, "url": "#replies"})
    if found.undoable is not None:
        words = {"move": queries.MOVE_WORDS[found.undoable.move]}
        url = reverse("service_petitions:undo", args=[number])
        daily.append(sight.undo_action(_("復原「%(move)s」（一分鐘內）") % words, url))
    return daily, more


def _action(number: str, move: Move) -> dict[str, Any]:
    face = moves.FACES[move]
    return {
        "title": face.title,
        "tone": "warning" if move == Move.APPROVE_DECLINE else "secondary",
        "key": KEYS[move],
        "method": "post" if face.form is Form else "get",
        "url": reverse("service_petitions:move", args=[number, move]),
    }


def _name(named: Any) -> str:
    return "" if named is None else str(local(named.name))


def _responsible(found: queries.PetitionDetail) -> list[dict[str, Any]]:
    """Who handles the petition; a former owner learns only which agency."""
    case = found.case
    if found.seen_until is not None:
        return [{"term": _("現在的主辦機關"), "value": _name(case.agency)}]
    rows: list[dict[str, Any]] = [
        {"term": _("主辦機關"), "value": _name(case.agency), "note": _name(case.unit)},
        {"term": _("承辦人"), "value": _name(case.officer) or _("還沒有人簽收")},
        {"term": _("管道"), "value": CHANNEL_WORDS.get(case.channel, case.channel)},
        {"term": _("收件"), "value": formats.roc_datetime(case.received_at)},
    ]
    if case.paper_number:
        rows.append({"term": _("來文字號"), "value": case.paper_number})
    if found.copies:
        rows.append({"term": _("副知"), "value": "、".join(found.copies)})
    return rows


@requires(Permission.PETITIONER)
@require_POST
def petitioner(request: Request, number: str) -> HttpResponse:
    """Who petitions; showing it is written to the trail."""
    with durable():
        found = queries.petitioner_of(request.actor, number)
        services.record_petitioner_view(number=number, actor=request.actor, at=request.now)
    rows = found and [
        {"term": _("姓名"), "value": found.name},
        {
            "term": _("電話"),
            "value": found.phone,
            "url": f"tel:{found.phone}" if found.phone else "",
        },
        {"term": _("電子郵件"), "value": found.email},
        {"term": _("地址"), "value": found.address},
    ]
    context = {"rows": rows, "number": number}
    return render(request, "service_petitions/petitioner.html", context)
