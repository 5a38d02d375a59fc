"""/replies/write/… – the draft: saved by itself or by the button, with templates and phrases."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yankao.base import subjects
from yankao.base.errors import Refused
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.replies import panel, queries, rules, services
from yankao.kernel.replies.forms import DraftForm
from yankao.kernel.replies.panel import Clash, Editor
from yankao.kernel.replies.permissions import WRITE
from yankao.kernel.replies.queries import ReplyView
from yankao.kernel.replies.rules import State


@requires(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: Request, kind: str, subject_id: int, agency: str) -> HttpResponseBase:
    """The draft of the agency: read, saved, filled from a template, submitted."""
    subject = Subject(kind, subject_id)
    current = queries.reply_for(request.actor, subject, agency)
    if current is not None and current.state != State.DRAFT:
        return redirect("kernel_replies:reply", reply_id=current.id)
    editor = _editor(request, subject, agency, current)
    if request.method != "POST":
        with durable():
            services.touch_presence(
                subject=subject, agency=agency, actor=request.actor, at=request.now
            )
        return _page(request, subject, agency, editor)
    if not editor.form.is_valid():
        return _answer_unread(request, subject, agency, editor)
    return _saved(request, subject, agency, editor)


@requires(WRITE)
@require_POST
def presence(request: Request, kind: str, subject_id: int, agency: str) -> HttpResponse:
    """A sign of life; the answer says who else is there."""
    subject = Subject(kind, subject_id)
    with durable():
        services.touch_presence(subject=subject, agency=agency, actor=request.actor, at=request.now)
    workers = queries.working_now(request.actor, subject, at=request.now)
    return render(request, "kernel_replies/_workers.html", {"workers": workers})


def _editor(
    request: Request,
    subject: Subject,
    agency: str,
    current: ReplyView | None,
) -> Editor:
    editor = panel.editor_for(
        request.actor,
        subject,
        agency,
        at=request.now,
        current=current,
        typed=request.POST if request.method == "POST" else None,
    )
    if editor is None:
        services.check_may_write(subject=subject, agency=agency, actor=request.actor)
        raise AssertionError("who may write has an editor")
    return editor


def _saved(request: Request, subject: Subject, agency: str, editor: Editor) -> HttpResponseBase:
    given, do = editor.form.cleaned_data, request.POST.get("do", "save")
    line, body, template, missing = _with_inserted(request, subject, agency, given)
    try:
        with durable():
            reply = services.write_draft(
                subject=subject,
                agency=agency,
                version=given["version"],
                subject_line=line,
                body=body,
                channel=given["channel"] or None,
                template_version=template,
                actor=request.actor,
                at=request.now,
            )
    except services.DraftMoved as moved:
        return _clashed(request, subject, agency, moved)
    except services.DraftGone as gone:
        fresh = _fresh(request, subject, agency)
        return _refused(request, subject, agency, fresh or editor, gone)
    except Refused as refusal:
        return _refused(request, subject, agency, editor, refusal)
    if request.htmx:
        context = {"version": reply.version, "at": request.now}
        return render(request, "kernel_replies/_saved.html", context)
    if do == "submit":
        return _submitted(request, subject, agency, reply.pk, reply.version)
    if missing:
        names = "、".join(missing)
        messages.warning(
            request, _("已放入範本。這些欄位沒有資料，請自己填：%(names)s") % {"names": names}
        )
    else:
        messages.success(request, _("已存草稿。"))
    return redirect(panel.write_address(subject, agency))


def _submitted(
    request: Request, subject: Subject, agency: str, reply_id: int, version: int
) -> HttpResponseBase:
    """The draft is stored in any case; whether it goes on is another question."""
    try:
        with durable():
            services.submit_reply(
                reply_id=reply_id,
                version=version,
                channel=request.POST.get("channel", ""),
                actor=request.actor,
                at=request.now,
            )
    except Refused as refusal:
        editor = _fresh(request, subject, agency)
        if editor is None:  # it went on without us meanwhile
            raise
        return _refused(request, subject, agency, editor, refusal)
    messages.success(request, _("已送核。"))
    return redirect("kernel_replies:reply", reply_id=reply_id)


def _fresh(request: Request, subject: Subject, agency: str) -> Editor | None:
    """The editor with what was typed, upon the version stored a moment ago."""
    current = queries.reply_for(request.actor, subject, agency)
    typed = request.POST.copy()
    typed["version"] = str(current.version if current else 0)
    return panel.editor_for(
        request.actor, subject, agency, at=request.now, current=current, typed=typed
    )


def _with_inserted(
    request: Request, subject: Subject, agency: str, given: dict[str, Any]
) -> tuple[str, str, int | None, tuple[str, ...]]:
    """The text with the template or saved reply at its end whose button was pressed."""
    line, body = given["subject_line"], given["body"]
    do = request.POST.get("do", "")
    key = request.POST.get(do, "") if do in {"template", "phrase"} else ""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return line, body, None, ()
    if do == "phrase":
        return line, _joined(body, queries.phrase_for(request.actor, int(key)).body), None, ()
    filled = queries.filled_template(request.actor, int(key), subject, agency, at=request.now)
    line = line if line.strip() else filled.subject_line
    return line, _joined(body, filled.body), filled.version_id, filled.missing


def _joined(body: str, more: str) -> str:
    return f"{body.rstrip()}\n\n{more}" if body.strip() else more


def _clashed(
    request: Request, subject: Subject, agency: str, moved: services.DraftMoved
) -> HttpResponse:
    """Both texts beside each other; saving again is done knowing the other."""
    if request.htmx:
        return render(request, "kernel_replies/_saved.html", {"moved": moved, "at": request.now})
    theirs = queries.reply(request.actor, moved.reply_id)
    typed = request.POST.copy()
    line, body = typed.get("subject_line", ""), typed.get("body", "").replace("\r\n", "\n")
    typed["version"] = str(theirs.version)
    clash = Clash(theirs, rules.pieces(theirs.subject_line, line), rules.pieces(theirs.body, body))
    editor = panel.editor_for(
        request.actor, subject, agency, at=request.now, current=theirs, typed=typed, clash=clash
    )
    if editor is None:  # it went into approval meanwhile
        raise moved
    editor.form.is_valid()
    return _page(request, subject, agency, editor, status=409)


def _refused(
    request: Request, subject: Subject, agency: str, editor: Editor, refusal: Refused
) -> HttpResponse:
    if request.htmx:
        context = {"refusal": refusal, "version": editor.form.data.get("version", "0")}
        return render(request, "kernel_replies/_saved.html", context)
    form: DraftForm = editor.form
    form.is_valid()
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, refusal.message)
    return _page(request, subject, agency, editor, status=refusal.status)


def _answer_unread(request: Request, subject: Subject, agency: str, editor: Editor) -> HttpResponse:
    if request.htmx:
        first = next(iter(editor.form.errors.values()))[0]
        context = {"problem": first, "version": editor.form.data.get("version", "0")}
        return render(request, "kernel_replies/_saved.html", context)
    return _page(request, subject, agency, editor, status=422)


def _page(
    request: Request, subject: Subject, agency: str, editor: Editor, *, status: int = 200
) -> HttpResponse:
    context = {
        "editor": editor,
        "form": editor.form,
        "subject_title": subjects.title_of(subject),
        "subject_address": subjects.address_of(subject),
        "workers": queries.working_now(request.actor, subject, at=request.now),
    }
    return render(request, "kernel_replies/write.html", context, status=status)
