"""Making a move: a button, or a form of its own where something must be said or shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import Move, Permission
from yankao.kernel.calendar.rules import Unit
from yankao.kernel.files import services as files
from yankao.kernel.people import queries as people

Form = django_forms.Form
PHOTOS = ("before_photos", "photos")
UNITS = {
    Unit.HOURS: _("小時"),
    Unit.WORKING_DAYS: _("個工作天"),
    Unit.CALENDAR_DAYS: _("天"),
    Unit.MONTHS: _("個月"),
}


@dataclass(frozen=True, slots=True)
class Face:
    """How a move looks: its form, the service behind it, and what is said afterwards.

    ``given`` names the form's fields that the service takes under the same name; ``more`` makes
    others of them. Without a form of its own (``Form``) the move is one button.
    """

    act: Callable[..., object]
    title: Any
    done: Any
    form: type[Form] = Form
    given: tuple[str, ...] = ()
    more: Callable[[Any], dict[str, Any]] = field(default=lambda form: {})


def _person(form: Any) -> dict[str, Any]:
    return {"person_id": form.cleaned_data["person"]}


def _parts(form: Any) -> dict[str, Any]:
    return {"parts": [services.Part(agency, words) for agency, words in form.parts()]}


def _join(*, number: str, lead: str, reason: str, **how: Any) -> int:
    return services.join_cases(lead=lead.strip().upper(), numbers=[number], reason=reason, **how)


FACES = {
    Move.ACCEPT: Face(services.accept_case, _("簽收"), _("已簽收，案件在您的待辦。")),
    Move.ASSIGN: Face(
        services.assign_case, _("指派承辦人"), _("已指派。"), forms.AssignForm, more=_person
    ),
    Move.REPORT_DONE: Face(
        services.report_done,
        _("回報完成"),
        _("已回報完成，等待查驗。"),
        forms.DoneForm,
        ("words", "public_remark", *PHOTOS),
    ),
    Move.VERIFY: Face(
        services.verify_case,
        _("查驗通過並結案"),
        _("已查驗通過並結案。"),
        forms.VerifyForm,
        ("words",),
    ),
    Move.RETURN: Face(
        services.return_case,
        _("退回重做"),
        _("已退回，重新計時。"),
        forms.ReturnForm,
        ("reason",),
    ),
    Move.REASSIGN: Face(
        services.reassign_case,
        _("改分"),
        _("已改分，等新機關簽收。"),
        forms.ReassignForm,
        ("agency", "reason"),
    ),
    Move.SPLIT: Face(services.split_case, _("分辦"), _("已分辦。"), forms.SplitForm, more=_parts),
    Move.ASK_EXTENSION: Face(
        services.ask_extension,
        _("申請展期"),
        _("已送出展期申請，等主管決定。原期限照算。"),
        forms.ExtensionForm,
        ("amount", "reason"),
    ),
    Move.GRANT_EXTENSION: Face(
        services.grant_extension,
        _("核准展期"),
        _("已核准展期，並通知通報人。"),
        forms.GrantForm,
        ("words",),
    ),
    Move.REFUSE_EXTENSION: Face(
        services.refuse_extension,
        _("不同意展期"),
        _("已回覆不同意展期。"),
        forms.RefuseForm,
        ("reason",),
    ),
    Move.PAUSE: Face(
        services.pause_case, _("暫停計時"), _("已暫停計時。"), forms.PauseForm, ("reason",)
    ),
    Move.RESUME: Face(services.resume_case, _("恢復計時"), _("已恢復計時。")),
    Move.MARK_URGENT: Face(
        services.mark_urgent,
        _("標示急件"),
        _("已標示急件，並通知主辦機關。"),
        forms.UrgentForm,
        ("reason",),
    ),
    Move.UNMARK_URGENT: Face(services.unmark_urgent, _("取消急件"), _("已取消急件。")),
    Move.JOIN: Face(
        _join, _("併入他案"), _("已併案，會跟著主案一起結案。"), forms.JoinForm, ("lead", "reason")
    ),
    Move.SEPARATE: Face(
        services.separate_case,
        _("解除併案"),
        _("已解除併案，請重新簽收。"),
        forms.SeparateForm,
        ("reason",),
    ),
    Move.CANCEL: Face(
        services.cancel_case,
        _("註銷"),
        _("已註銷，並通知通報人。"),
        forms.CancelForm,
        ("reason", "public_remark"),
    ),
    Move.REOPEN: Face(
        services.reopen_case,
        _("重啟"),
        _("已重啟，重新計時。"),
        forms.ReopenForm,
        ("reason",),
    ),
}


@requires(Permission.READ)
def make(request: Request, number: str, move: str) -> HttpResponse:
    """GET shows the move's form, POST makes the move; a refusal stays beside what was typed."""
    face = FACES.get(move)  # type: ignore[call-overload]  # a move is its own text
    if face is None:
        raise Http404
    detail = queries.case_for(request.actor, number, at=request.now)
    form = face.form(*sent(request), **_choices(face.form, detail))
    if request.method == "POST" and (form.is_valid() or face.form is Form):
        try:
            _act(request, number, form, face)
        except Refused as refusal:
            if refusal.field not in form.fields:
                raise
            show_refusal(form, refusal)
        else:
            messages.success(request, face.done)
            return redirect(_where_next(request, number))
    context = {
        "form": form,
        "detail": detail,
        "case": detail.case,
        "title": face.title,
        "move": move,
    }
    code = 422 if request.method == "POST" else 200
    return render(request, "service_dispatch/move.html", context, status=code)


def _unit_of(detail: queries.CaseDetail) -> Any:
    """What the term is counted in, for a label: 小時, 個工作天."""
    handling = detail.case.handling
    return UNITS.get(Unit(handling.term_unit), "") if handling is not None else ""


def _choices(form: type[Form], detail: queries.CaseDetail) -> dict[str, Any]:
    if form is forms.AssignForm:
        return {"officers": detail.officers}
    if form is forms.ExtensionForm:
        return {"unit": _unit_of(detail)}
    if form in {forms.ReassignForm, forms.SplitForm}:
        others = [a for a in people.agencies() if a.code != detail.case.agency_id and a.level > 0]
        return {"agencies": [(a.code, a.name) for a in others]}
    return {}


def _act(request: Request, number: str, form: Form, face: Face) -> None:
    cleaned = getattr(form, "cleaned_data", {})
    _keep_photos(form, cleaned)
    given = {name: cleaned[name] for name in face.given}
    with durable():
        face.act(number=number, actor=request.actor, at=request.now, **given, **face.more(form))


def _keep_photos(form: Form, cleaned: dict[str, Any]) -> None:
    """Photos are kept before the transaction; unused ones are swept later."""
    for name in PHOTOS:
        if name in form.fields:
            kept = [files.keep(content=u, name=u.name) for u in cleaned[name]]
            files.check_together(kept)
            cleaned[name] = kept


def _where_next(request: Request, number: str) -> str:
    """The case, or the list when the move gave the case to somebody else."""
    with_me = queries.is_held(request.actor, number)
    return f"/dispatch/cases/{number}/" if with_me else "/dispatch/cases/"


@requires(Permission.READ)
@require_POST
def undo(request: Request, number: str) -> HttpResponse:
    """Take back the last move, within a minute."""
    with durable():
        services.undo_move(number=number, actor=request.actor, at=request.now)
    messages.success(request, _("已復原。"))
    return redirect("service_dispatch:case", number=number)
