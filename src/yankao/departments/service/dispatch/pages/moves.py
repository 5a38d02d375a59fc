"""Making a move: a button, or a form of its own where something must be said or shown."""

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from yankao.base.errors import Invalid
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import Move, Permission
from yankao.kernel.files import services as files

Form = django_forms.Form


def _accept(request: Request, number: str, form: Form) -> None:
    services.accept_case(number=number, actor=request.actor, at=request.now)


def _assign(request: Request, number: str, form: Form) -> None:
    person_id = form.cleaned_data["person"]
    services.assign_case(number=number, person_id=person_id, actor=request.actor, at=request.now)


def _report_done(request: Request, number: str, form: Form) -> None:
    services.report_done(
        number=number,
        words=form.cleaned_data["words"],
        public_remark=form.cleaned_data["public_remark"],
        photos=form.cleaned_data["photos"],
        actor=request.actor,
        at=request.now,
    )


def _verify(request: Request, number: str, form: Form) -> None:
    words = form.cleaned_data["words"]
    services.verify_case(number=number, words=words, actor=request.actor, at=request.now)


def _return(request: Request, number: str, form: Form) -> None:
    reason = form.cleaned_data["reason"]
    services.return_case(number=number, reason=reason, actor=request.actor, at=request.now)


MOVES: dict[str, tuple[Callable[[Request, str, Form], None], type[Form], Any, Any]] = {
    Move.ACCEPT: (_accept, Form, _("簽收"), _("已簽收，案件在您的待辦。")),
    Move.ASSIGN: (_assign, forms.AssignForm, _("指派承辦人"), _("已指派。")),
    Move.REPORT_DONE: (_report_done, forms.DoneForm, _("回報完成"), _("已回報完成，等待查驗。")),
    Move.VERIFY: (_verify, forms.VerifyForm, _("查驗通過並結案"), _("已查驗通過並結案。")),
    Move.RETURN: (_return, forms.ReturnForm, _("退回重做"), _("已退回，重新計時。")),
}


@requires(Permission.READ)
def make(request: Request, number: str, move: str) -> HttpResponse:
    """GET shows the move's form, POST makes the move; a refusal stays beside what was typed."""
    if move not in MOVES:
        raise Http404
    act, form_class, title, done = MOVES[move]
    detail = queries.case_for(request.actor, number, at=request.now)
    arguments: dict[str, Any] = (
        {"officers": detail.officers} if form_class is forms.AssignForm else {}
    )
    form = form_class(*sent(request), **arguments)
    if request.method == "POST" and (form.is_valid() or form_class is Form):
        try:
            _act(request, number, form, act)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect("service_dispatch:case", number=number)
    context = {"form": form, "detail": detail, "case": detail.case, "title": title, "move": move}
    code = 422 if request.method == "POST" else 200
    return render(request, "service_dispatch/move.html", context, status=code)


def _act(
    request: Request, number: str, form: Form, act: Callable[[Request, str, Form], None]
) -> None:
    if "photos" in form.fields:  # kept before the transaction; unused ones are swept later
        kept = [files.keep(content=u, name=u.name) for u in form.cleaned_data["photos"]]
        files.check_together(kept)
        form.cleaned_data["photos"] = kept
    with durable():
        act(request, number, form)
