"""Making a move: a button, or a form of its own where something must be said."""

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
from yankao.departments.service.petitions import forms, queries, services
from yankao.departments.service.petitions.workflow import Ground, Move, Permission
from yankao.kernel.casework import faces
from yankao.kernel.casework.faces import Face, Form
from yankao.kernel.people import queries as people
from yankao.kernel.suggestions import queries as suggestions
from yankao.kernel.suggestions.texts import AGENCY


def _person(form: Any) -> dict[str, Any]:
    return {"person_id": form.cleaned_data["person"]}


def _parts(form: Any) -> dict[str, Any]:
    return {"parts": [services.Part(agency, words) for agency, words in form.parts()]}


FACES: dict[str, Face] = {
    Move.ACCEPT: Face(services.accept_petition, _("簽收"), _("已簽收，案件在您的待辦。")),
    Move.ASSIGN: Face(
        services.assign_petition, _("指派承辦人"), _("已指派。"), forms.AssignForm, more=_person
    ),
    Move.WAIT: Face(
        services.wait_for_citizen,
        _("請民眾補充"),
        _("已告訴民眾要補充什麼，期限暫停計算。"),
        forms.WaitForm,
        ("reason",),
    ),
    Move.RESUME: Face(
        services.resume_petition,
        _("民眾已補充"),
        _("期限繼續計算。"),
        forms.ResumeForm,
        ("words",),
    ),
    Move.RECORD_ANSWER: Face(
        services.record_answer,
        _("登記口頭答覆"),
        _("已登記答覆。"),
        forms.RecordForm,
        ("text",),
    ),
    Move.PROPOSE_DECLINE: Face(
        services.propose_decline,
        _("簽報不予處理"),
        _("已送主管核定。"),
        forms.DeclineForm,
        ("ground", "note", "text"),
    ),
    Move.APPROVE_DECLINE: Face(
        services.approve_decline, _("核定不予處理"), _("已核定，並告訴民眾。")
    ),
    Move.REFUSE_DECLINE: Face(
        services.refuse_decline,
        _("不同意不予處理"),
        _("已退回承辦人。"),
        forms.reason_form(_("不同意的原因"), _("承辦人會看到。")),
        ("reason",),
    ),
    Move.REASSIGN: Face(
        services.reassign_petition,
        _("改分"),
        _("已改分，等新機關簽收，並告訴民眾。"),
        forms.ReassignForm,
        ("agency", "reason"),
    ),
    Move.SPLIT: Face(
        services.split_petition, _("分辦"), _("已分辦。"), forms.SplitForm, more=_parts
    ),
    Move.COPY: Face(services.copy_petition, _("副知"), _("已副知。"), forms.CopyForm, ("agency",)),
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
        _("已核准展期，並告訴民眾新的期限。"),
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
    Move.LINK: Face(
        services.link_petition,
        _("標為同一事由"),
        _("已連結。"),
        forms.LinkForm,
        ("other", "reason"),
    ),
    Move.UNLINK: Face(
        services.unlink_petition,
        _("取消同一事由"),
        _("已取消連結。"),
        forms.ReasonForm,
        ("reason",),
    ),
    Move.CONCEAL: Face(
        services.conceal_petition,
        _("列為保密"),
        _("已列為保密，只有承辦人與主管看得到內容。"),
        forms.ReasonForm,
        ("reason",),
    ),
    Move.REVEAL: Face(
        services.reveal_petition, _("解除保密"), _("已解除保密。"), forms.ReasonForm, ("reason",)
    ),
    Move.WITHDRAW: Face(
        services.withdraw_petition,
        _("登記撤回"),
        _("已登記撤回，並告訴民眾。"),
        forms.reason_form(_("民眾怎麼撤回的"), _("例如：11 月 21 日來電撤回。")),
        ("reason",),
    ),
    Move.REOPEN: Face(
        services.reopen_petition,
        _("重啟"),
        _("已重啟，重新計時，並告訴民眾。"),
        forms.reason_form(_("重啟原因"), _("主辦機關會看到。")),
        ("reason",),
    ),
}


@requires(Permission.READ)
def make(request: Request, number: str, move: str) -> HttpResponse:
    """GET shows the move's form, POST makes the move; a refusal stays beside what was typed."""
    face = FACES.get(move)
    if face is None:
        raise Http404
    detail = queries.petition_for(request.actor, number, at=request.now)
    page = faces.Moving(
        number=number,
        title=detail.case.item.name,
        back=reverse("service_petitions:case", args=[number]),
        choices=_choices(face.form, detail),
        where_next=lambda: _where_next(request, number),
        about=_about(detail, move),
    )
    return faces.make(request, face, page)


def _about(detail: queries.PetitionDetail, move: str) -> str:
    """What is asked for and decided here."""
    if move in {Move.GRANT_EXTENSION, Move.REFUSE_EXTENSION} and detail.extension is not None:
        asked = detail.extension
        words = {
            "who": asked.asked_by_name, "amount": detail.extension_words, "reason": asked.reason,
        }  # fmt: skip
        return gettext("%(who)s 申請延長 %(amount)s：%(reason)s") % words
    decline = detail.waiting_decline
    if move == Move.REFUSE_DECLINE and decline is not None:
        words = {
            "who": decline.asked_by_name,
            "ground": queries.GROUND_WORDS[Ground(decline.ground)],
            "note": decline.note,
        }
        return gettext("%(who)s 簽報依%(ground)s：%(note)s") % words
    return ""


def _choices(form: type[Form], detail: queries.PetitionDetail) -> dict[str, Any]:
    if form is forms.AssignForm:
        return {"officers": detail.officers}
    if form is forms.ExtensionForm:
        return {"unit": faces.unit_of(detail.case.handling)}
    if form in {forms.ReassignForm, forms.SplitForm, forms.CopyForm}:
        others = [a for a in people.agencies() if a.code != detail.case.agency_id and a.level > 0]
        agencies = [(a.code, a.name) for a in others]
        if form is forms.ReassignForm and detail.may_read_content:
            agencies = _likely_first(agencies, detail.case)
        return {"agencies": agencies}
    return {}


def _likely_first(agencies: list[tuple[str, str]], case: Any) -> list[tuple[str, str]]:
    """What the petition's words suggest before all others; the keys 1 to 3 find it."""
    found = suggestions.suggest(kind=AGENCY, title=case.title, text=case.content)
    return suggestions.likely_first(agencies, found)


def _where_next(request: Request, number: str) -> str:
    """The petition, or the list when the move gave it to somebody else."""
    with_me = queries.is_held(request.actor, number)
    return f"/petitions/{number}/" if with_me else "/petitions/"


@requires(Permission.READ)
@require_POST
def undo(request: Request, number: str) -> HttpResponse:
    """Take back the last move, within a minute."""
    with durable():
        services.undo_move(number=number, actor=request.actor, at=request.now)
    messages.success(request, _("已復原。"))
    return redirect("service_petitions:case", number=number)
