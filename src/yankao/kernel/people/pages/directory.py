"""/people/ – the directory: who is who, who may do what, and changing it."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from yankao.base import exports
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.kernel.people import forms, history, particulars, queries, services
from yankao.kernel.people.passwords import readable_password
from yankao.kernel.people.permissions import MANAGE, SEE


@requires(SEE)
def people(request: Request) -> HttpResponseBase:
    """The directory."""
    search = forms.PeopleSearchForm(request.GET, agencies=_agencies_seen(request))
    filters = _filters(search)
    number = request.GET.get("page", 1)
    page = queries.people_page(request.actor, filters=filters, number=number, at=request.now)
    context = {
        "search_form": search,
        "page_obj": page,
        "downloads": exports.downloads("kernel_people:export", _asked(request)),
        "narrowed": filters != queries.PeopleFilter(),
        "may_manage": queries.may_manage(request.actor),
    }
    return render(request, "kernel_people/people.html", context)


@requires(SEE)
def person(request: Request, person_id: int) -> HttpResponse:
    """One person: particulars, roles, deputies, sign-ins, history."""
    detail = queries.person_for(request.actor, person_id, at=request.now)
    manages = queries.may_manage(request.actor)
    deputies, stands_in_for = queries.deputations_of(person_id, request.now)
    context = {
        "person": detail,
        "particulars": particulars.rows(detail),
        "deputies": deputies,
        "stands_in_for": stands_in_for,
        "history": history.of_person(detail, deputies),
        "sign_ins": queries.sign_ins_of(detail.account) if manages else (),
        "sessions": queries.sessions_of(person_id, at=request.now) if manages else (),
        "factors": queries.factors_of(person_id) if manages else (),
        "may_manage": manages,
        "may_arrange_deputies": queries.may_arrange_deputies(
            request.actor, person_id, agency=detail.agency, at=request.now
        ),
        "is_oneself": request.actor.person_id == person_id,
    }
    return render(request, "kernel_people/person.html", context)


@never_cache
@requires(MANAGE)
def new_person(request: Request) -> HttpResponseBase:
    """Make a person; its first password is shown once."""
    form = forms.NewPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = readable_password()
        try:
            with durable():
                made = services.create_person(
                    **form.cleaned_data, password=password, actor=request.actor, at=request.now
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _password_once(request, made.pk, password, is_new=True)
    return _form_page(request, form, heading=_("新增人員"), submit=_("建立帳號"))


@requires(MANAGE)
def change_person(request: Request, person_id: int) -> HttpResponseBase:
    """Change a person's particulars."""
    detail = queries.person_for(request.actor, person_id, at=request.now)
    initial = {f: getattr(detail, f) or "" for f in ("name", "email", "phone", "agency", "unit")}
    form = forms.PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.change_person(
                    person_id=person_id,
                    **form.cleaned_data,
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _back_to(request, person_id, _("已更改資料。"))
    return _form_page(request, form, heading=_("更改資料"), submit=_("儲存"), person=detail)


@requires(MANAGE)
def new_role(request: Request, person_id: int) -> HttpResponseBase:
    """Give a person a role."""
    detail = queries.person_for(request.actor, person_id, at=request.now)
    today = request.now.astimezone(TAIPEI).date()
    initial = {"from_on": today, "agency": detail.agency or "", "unit": ""}
    form = forms.RoleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.assign_role(
                    person_id=person_id, **form.cleaned_data, actor=request.actor, at=request.now
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _back_to(request, person_id, _("已指派角色。"))
    return _form_page(request, form, heading=_("指派角色"), submit=_("指派"), person=detail)


@requires(MANAGE)
def end_role(request: Request, person_id: int, assignment_id: int) -> HttpResponseBase:
    """End one of a person's roles."""
    detail = queries.person_for(request.actor, person_id, at=request.now)
    role = next((role for role in detail.roles if role.id == assignment_id), None)
    if role is None:
        raise services.RoleUnknown("people.role_unknown", _("找不到這個角色，可能已被結束。"))
    form = forms.EndRoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.end_role(
                    assignment_id=assignment_id,
                    **form.cleaned_data,
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _back_to(request, person_id, _("已結束角色。"))
    heading = _("結束角色：%(role)s") % {"role": role.title}
    return _form_page(
        request, form, heading=heading, submit=_("結束角色"), person=detail, warns=True
    )


@requires(MANAGE)
def deactivate_person(request: Request, person_id: int) -> HttpResponseBase:
    """Switch a person off."""
    return _switch(
        request,
        person_id,
        services.deactivate_person,
        heading=_("停用帳號"),
        submit=_("停用帳號"),
        done=_("已停用帳號，並登出這個人的所有裝置。"),
        explanation=_("停用後立即登出且不能再登入；經手的紀錄都會保留，之後可以恢復。"),
    )


@requires(MANAGE)
def reactivate_person(request: Request, person_id: int) -> HttpResponseBase:
    """Switch a person on again."""
    return _switch(
        request,
        person_id,
        services.reactivate_person,
        heading=_("恢復帳號"),
        submit=_("恢復帳號"),
        done=_("已恢復帳號。"),
        explanation=_("恢復後可以登入，並重新取得仍有效的角色。"),
    )


@requires(MANAGE)
def reset_factors(request: Request, person_id: int) -> HttpResponseBase:
    """Remove the second factors of somebody who lost theirs."""
    return _switch(
        request,
        person_id,
        services.remove_all_factors,
        heading=_("清除第二道驗證"),
        submit=_("清除第二道驗證"),
        done=_("已清除第二道驗證，並登出這個人的所有裝置。"),
        explanation=_(
            "請先確認是本人：當面，或打他登記的電話。清除後所有裝置立即登出，"
            "本人以密碼登入後重新設定；事由會通知本人。"
        ),
    )


@requires(MANAGE)
@require_POST
def unlock_account(request: Request, person_id: int) -> HttpResponseBase:
    """Let a locked account try again at once."""
    with durable():
        services.unlock_account(person_id=person_id, actor=request.actor, at=request.now)
    return _back_to(request, person_id, _("已解除鎖定，現在可以登入。"))


@requires(MANAGE)
@require_POST
def end_sessions(request: Request, person_id: int) -> HttpResponseBase:
    """Sign a person out everywhere."""
    with durable():
        services.end_sessions(person_id=person_id, actor=request.actor, at=request.now)
    return _back_to(request, person_id, _("已登出這個人的所有裝置。"))


@never_cache
@requires(MANAGE)
@require_POST
def reset_password(request: Request, person_id: int) -> HttpResponseBase:
    """Give a person a new password, shown once."""
    password = readable_password()
    with durable():
        services.reset_password(
            person_id=person_id, password=password, actor=request.actor, at=request.now
        )
    return _password_once(request, person_id, password, is_new=False)


def _switch(
    request: Request,
    person_id: int,
    service: Any,
    *,
    heading: str,
    submit: str,
    done: str,
    explanation: str,
) -> HttpResponseBase:
    detail = queries.person_for(request.actor, person_id, at=request.now)
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                service(
                    person_id=person_id,
                    reason=form.cleaned_data["reason"],
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _back_to(request, person_id, done)
    return _form_page(
        request,
        form,
        heading=heading,
        submit=submit,
        person=detail,
        explanation=explanation,
        warns=detail.is_active,
    )


def _filters(search: forms.PeopleSearchForm) -> queries.PeopleFilter:
    """What was asked for and can be; a made-up choice narrows nothing."""
    search.is_valid()
    asked = search.cleaned_data
    return queries.PeopleFilter(**{f: asked.get(f, "") for f in ("q", "agency", "role", "state")})


def _agencies_seen(request: Request) -> forms.Choices:
    seen = request.actor.agencies_for(SEE)
    return [(code, n) for code, n in forms.agency_choices() if seen is None or code in seen]


def _asked(request: Request) -> dict[str, str]:
    """The search as the download's address says it."""
    return {name: str(value) for name, value in request.GET.items() if value and name != "page"}


@requires(SEE)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """All of what the directory was narrowed to; taking it out is itself recorded."""
    filters = _filters(forms.PeopleSearchForm(request.GET, agencies=_agencies_seen(request)))
    with durable():
        services.record_export(filters=filters, actor=request.actor, at=request.now)
    rows = queries.all_people(request.actor, filters=filters, at=request.now)
    head = (_("帳號"), _("姓名"), _("機關"), _("單位"), _("角色"), _("狀態"), _("最近登入"))
    return exports.sheet_response("people", head, map(_cells, rows), format)


def _cells(row: queries.PersonRow) -> tuple[object, ...]:
    return (
        row.account,
        row.name,
        row.agency_name,
        row.unit_name,
        "、".join(role.title for role in row.roles),
        _("使用中") if row.is_active else _("已停用"),
        row.last_login,
    )


def _back_to(request: Request, person_id: int, message: str) -> HttpResponseBase:
    messages.success(request, message)
    return redirect("kernel_people:person", person_id)


def _password_once(
    request: Request, person_id: int, password: str, *, is_new: bool
) -> HttpResponse:
    detail = queries.person_for(request.actor, person_id, at=request.now)
    context = {"person": detail, "new_password": password, "is_new": is_new}
    return render(request, "kernel_people/password_once.html", context)


def _form_page(
    request: Request,
    form: Form,
    *,
    heading: str,
    submit: str,
    person: queries.PersonDetail | None = None,
    explanation: str = "",
    warns: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "submit": submit,
        "person": person,
        "explanation": explanation,
        "warns": warns,
    }
    return render(request, "kernel_people/form.html", context, status=422 if form.errors else 200)
