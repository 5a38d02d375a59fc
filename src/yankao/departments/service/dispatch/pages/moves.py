"""Making a move: a button, or a form of its own where something must be said or shown."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.dispatch import forms, queries, services
from yankao.departments.service.dispatch.workflow import Move, Permission
from yankao.kernel.casework import faces
from yankao.kernel.casework.faces import Face, Form
from yankao.kernel.people import queries as people

PHOTOS = ("before_photos", "photos")


def _person(form: Any) -> dict[str, Any]:
    return {"person_id": form.cleaned_data["person"]}


def _parts(form: Any) -> dict[str, Any]:
    return {"parts": [services.Part(agency, words) for agency, words in form.parts()]}


def _join(*, number: str, lead: str, reason: str, **how: Any) -> int:
    return services.join_cases(lead=lead.strip().upper(), numbers=[number], reason=reason, **how)


FACES: dict[str, Face] = {
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
    face = FACES.get(move)
    if face is None:
        raise Http404
    detail = queries.case_for(request.actor, number, at=request.now)
    page = faces.Moving(
        number=number,
        title=detail.case.item.name,
        back=reverse("service_dispatch:case", args=[number]),
        choices=_choices(face.form, detail),
        where_next=lambda: _where_next(request, number),
        about=_about(detail) if move in _DECIDING else "",
    )
    return faces.make(request, face, page)


_DECIDING = frozenset({Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION})


def _about(detail: queries.CaseDetail) -> str:
    """What is asked for and decided here."""
    asked = detail.extension
    if asked is None:
        return ""
    words = {"who": asked.asked_by_name, "amount": detail.extension_words, "reason": asked.reason}
    return gettext("%(who)s 申請延長 %(amount)s：%(reason)s") % words


def _choices(form: type[Form], detail: queries.CaseDetail) -> dict[str, Any]:
    if form is forms.AssignForm:
        return {"officers": detail.officers}
    if form is forms.ExtensionForm:
        return {"unit": faces.unit_of(detail.case.handling)}
    if form in {forms.ReassignForm, forms.SplitForm}:
        others = [a for a in people.agencies() if a.code != detail.case.agency_id and a.level > 0]
        return {"agencies": [(a.code, a.name) for a in others]}
    return {}


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
