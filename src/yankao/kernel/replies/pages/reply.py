"""/replies/<id>/ – one reply: its words and their changes, its chain of approval, what to do."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base import subjects
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.kernel.documents import services as documents
from yankao.kernel.replies import queries, services, words
from yankao.kernel.replies.forms import ApprovalForm, PostedForm, ReturnForm
from yankao.kernel.replies.permissions import APPROVE, POST, READ, WRITE
from yankao.kernel.replies.queries import EntryView, ReplyView, VersionView
from yankao.kernel.replies.rules import Channel, Move, State

_KINDS = {Move.RETURNED: "note", Move.SENT: "message", Move.POSTED: "message"}


@requires(READ)
@require_GET
def reply(request: Request, reply_id: int) -> HttpResponse:
    """The reply as it stands."""
    return _page(request, queries.reply(request.actor, reply_id))


@requires(APPROVE)
@require_POST
def approve(request: Request, reply_id: int) -> HttpResponseBase:
    """Approve, perhaps with other words; then the next one that waits."""
    view = queries.reply(request.actor, reply_id)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return _page(request, view, approval=form, status=422)
    given = form.cleaned_data
    try:
        with durable():
            done = services.approve_reply(
                reply_id=reply_id,
                version=given["version"],
                subject_line=given["subject_line"],
                body=given["body"],
                remark=given["remark"],
                actor=request.actor,
                at=request.now,
            )
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        fresh = queries.reply(request.actor, reply_id)
        return _page(request, fresh, approval=form, status=refusal.status)
    messages.success(request, _approved_words(done.state, view.number))
    return _onward(request, reply_id)


def _approved_words(state: str, number: str) -> str:
    if state == State.APPROVED:
        return _("%(number)s 已核定，一分鐘後送出。") % {"number": number}
    return _("%(number)s 已核可，送下一關。") % {"number": number}


def _onward(request: Request, reply_id: int) -> HttpResponseBase:
    """The next that waits, if that was asked for; else the reply itself."""
    if request.POST.get("do") == "next":
        waiting = queries.waiting_for(request.actor, size=1).rows
        if waiting:
            return redirect("kernel_replies:reply", reply_id=waiting[0].id)
        return redirect(f"{reverse('kernel_replies:home')}?view=waiting")
    return _back_to(request, reply_id)


def _back_to(request: Request, reply_id: int) -> HttpResponseBase:
    """The reply, as long as the actor still sees it: an approver's turn may be over."""
    try:
        queries.reply(request.actor, reply_id)
    except queries.ReplyUnknown:
        return redirect("kernel_replies:home")
    return redirect("kernel_replies:reply", reply_id=reply_id)


@requires(APPROVE)
@require_POST
def send_back(request: Request, reply_id: int) -> HttpResponseBase:
    """Return it with a reason."""
    view = queries.reply(request.actor, reply_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _page(request, view, returning=form, status=422)
    with durable():
        services.return_reply(
            reply_id=reply_id,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已退回重擬。"))
    return _onward(request, reply_id)


@requires(WRITE)
@require_POST
def withdraw(request: Request, reply_id: int) -> HttpResponseBase:
    """Take it back."""
    return _made(request, reply_id, services.withdraw_reply, _("已撤回，可以再修改。"))


@requires(WRITE)
@require_POST
def discard(request: Request, reply_id: int) -> HttpResponseBase:
    """Give the draft up."""
    return _made(request, reply_id, services.discard_draft, _("已放棄這份草稿。"))


@requires(READ)
@require_POST
def stop(request: Request, reply_id: int) -> HttpResponseBase:
    """Within the minute: do not send."""
    return _made(request, reply_id, services.cancel_sending, _("已停止送出，回到最後一關核稿。"))


@requires(READ)
@require_POST
def hurry(request: Request, reply_id: int) -> HttpResponseBase:
    """Do not wait for the minute."""
    return _made(request, reply_id, services.send_now, _("已送出。"))


def _made(request: Request, reply_id: int, act: Callable[..., Any], said: str) -> HttpResponseBase:
    with durable():
        act(reply_id=reply_id, actor=request.actor, at=request.now)
    messages.success(request, said)
    return _back_to(request, reply_id)


@requires(POST)
@require_POST
def posted(request: Request, reply_id: int) -> HttpResponseBase:
    """The letter is on its way."""
    view = queries.reply(request.actor, reply_id)
    form = PostedForm(request.POST)
    if not form.is_valid():
        return _page(request, view, posting=form, status=422)
    try:
        with durable():
            services.mark_posted(
                reply_id=reply_id,
                posted_on=form.cleaned_data["posted_on"],
                actor=request.actor,
                at=request.now,
            )
    except services.PostedOnWrong as refusal:
        form.add_error("posted_on", refusal.message)
        return _page(request, view, posting=form, status=refusal.status)
    messages.success(request, _("已登記寄出。"))
    return _back_to(request, reply_id)


@requires(READ)
@require_GET
def letter_pdf(request: Request, reply_id: int) -> HttpResponse:
    """The letter to print."""
    content = documents.letter_pdf(_letter(request, reply_id, "pdf"))
    return _file(content, "application/pdf", f"reply-{reply_id}.pdf")


@requires(READ)
@require_GET
def letter_odt(request: Request, reply_id: int) -> HttpResponse:
    """The letter for a word processor."""
    content = documents.letter_odt(_letter(request, reply_id, "odt"))
    return _file(content, "application/vnd.oasis.opendocument.text", f"reply-{reply_id}.odt")


def _letter(request: Request, reply_id: int, form: str) -> documents.Letter:
    with durable():
        return services.print_letter(
            reply_id=reply_id, form=form, actor=request.actor, at=request.now
        )


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(
    request: Request,
    view: ReplyView,
    *,
    approval: ApprovalForm | None = None,
    returning: ReturnForm | None = None,
    posting: PostedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = queries.versions_of(request.actor, view.id)
    old, new = _compared(request, view, versions)
    forms = {
        "approval": approval or _approval(view),
        "returning": returning or ReturnForm(auto_id="return-%s"),
        "posting": posting or PostedForm(initial={"posted_on": _today(request)}),
    }
    context = {
        "reply": view,
        "form": approval or returning or posting,
        **forms,
        "facts": _facts(view),
        "steps": _steps(view),
        "entries": [_entry(entry) for entry in queries.history(request.actor, view.id)],
        "versions": versions,
        "old": old,
        "new": new,
        "differences": queries.differences(request.actor, view.id, old, new) if new else None,
        "subject_title": subjects.title_of(view.subject),
        "subject_address": subjects.address_of(view.subject),
        "is_letter": view.channel == Channel.LETTER and view.state in {State.TO_POST, State.SENT},
        "state_words": words.STATES[view.state],
        "tone": words.TONES[view.state],
    }
    return render(request, "kernel_replies/reply.html", context, status=status)


def _approval(view: ReplyView) -> ApprovalForm:
    stored = {
        "version": view.version,
        "subject_line": view.subject_line,
        "body": view.body,
    }
    return ApprovalForm(initial=stored, auto_id="approval-%s")


def _today(request: Request) -> str:
    return request.now.astimezone(TAIPEI).date().isoformat()


def _compared(request: Request, view: ReplyView, versions: list[VersionView]) -> tuple[int, int]:
    """The two versions asked for, else what changed since submission; 0 = nothing to compare."""
    known = [version.version for version in versions]
    old, new = (_number(request.GET.get(name, "")) for name in ("old", "new"))
    if old in known and new in known:
        return old, new
    if view.submitted_version in known and view.submitted_version < view.version:
        return view.submitted_version, view.version
    return (known[-2], known[-1]) if len(known) > 1 else (0, 0)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _facts(view: ReplyView) -> list[dict[str, Any]]:
    rows = [
        {"term": _("案號"), "value": view.number},
        {"term": _("案由"), "value": view.title},
        {"term": _("回復機關"), "value": view.agency_name},
        {"term": _("回復管道"), "value": words.channel_words(view.channel)},
        {"term": _("擬稿"), "value": view.written_by_name},
    ]
    if view.submitted_by_name:
        rows.append({"term": _("送核"), "value": view.submitted_by_name})
    return rows


def _steps(view: ReplyView) -> list[dict[str, Any]]:
    """The line: draft, each approval, sending."""
    place = {State.DRAFT: -1, State.DROPPED: -1, State.IN_APPROVAL: view.step}.get(
        State(view.state), len(view.steps)
    )
    sent = view.state == State.SENT
    line = [{"title": _("擬稿"), "state": "now" if place < 0 else "done"}]
    for number, (role, _agency) in enumerate(view.steps):
        state = "done" if number < place else "now" if number == place else "next"
        line.append({"title": words.role_words(role), "state": state})
    ahead = "now" if place == len(view.steps) and view.steps else "next"
    return [*line, {"title": _("送出"), "state": "done" if sent else ahead}]


def _entry(entry: EntryView) -> dict[str, Any]:
    title = words.MOVES[entry.move]
    if entry.step_role:
        title = _("%(role)s：%(move)s") % {
            "role": words.role_words(entry.step_role),
            "move": title,
        }
    who = entry.actor_name
    if entry.acting_for:
        who = _("%(name)s（代理 %(principal)s）") % {
            "name": entry.actor_name,
            "principal": entry.acting_for,
        }
    kind = _KINDS.get(Move(entry.move), "move")
    return {"at": entry.at, "title": title, "who": who, "body": entry.reason, "kind": kind}
