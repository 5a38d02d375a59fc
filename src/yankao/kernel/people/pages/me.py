"""/me/ – my account: roles, deputies, whom I stand in for, password, sign-ins."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import signed_in
from yankao.base.transactions import durable
from yankao.kernel.people import forms, particulars, queries, services
from yankao.kernel.people.adapter import PUBLIC_HOME, home_of
from yankao.kernel.people.middleware import ACTING_FOR


@signed_in
def me(request: Request) -> HttpResponse:
    """Everything about my own account on one page."""
    detail = queries.me(request.actor, at=request.now)
    factors, codes_left = queries.factors_and_codes_of(detail.id)
    deputies, principals = queries.deputations_of(detail.id, request.now)
    context = {
        "person": detail,
        "particulars": particulars.rows(detail),
        "deputies": deputies,
        "principals": principals,
        "sign_ins": queries.sign_ins_of(detail.account),
        "factors": factors,
        "codes_left": codes_left,
        "sessions": queries.sessions_of(
            detail.id, at=request.now, here=request.session.session_key
        ),
        "may_arrange_deputies": queries.may_arrange_deputies(
            request.actor, detail.id, agency=detail.agency, at=request.now
        ),
        "has_colleagues": detail.agency is not None,
        "layout": _layout(request),
    }
    return render(request, "kernel_people/me.html", context)


@signed_in
@require_POST
def act_for(request: Request) -> HttpResponseBase:
    """Stand in for a principal from now on, or (without one) be oneself again."""
    chosen = request.POST.get("principal", "")
    if not chosen.isdecimal():
        request.session.pop(ACTING_FOR, None)
        messages.success(request, _("已結束代理作業，您現在以自己的身分作業。"))
        return redirect("kernel_people:me")
    own = queries.actor_for(request.user, request.now)
    with durable():
        acting = services.start_acting(principal_id=int(chosen), actor=own, at=request.now)
    request.session[ACTING_FOR] = int(chosen)
    messages.success(request, _("您現在代理 %(name)s 作業。") % {"name": acting.acting_for})
    return redirect(home_of(acting))


@signed_in
@require_POST
def end_other_sessions(request: Request) -> HttpResponseBase:
    """Sign out everywhere but here."""
    person_id = request.actor.person_id or 0
    with durable():
        person = services.end_sessions(person_id=person_id, actor=request.actor, at=request.now)
    update_session_auth_hash(request, person)
    messages.success(request, _("已登出其他裝置，只保留這一個。"))
    return redirect("kernel_people:me")


@signed_in
@require_POST
def end_session(request: Request, session_id: int) -> HttpResponseBase:
    """Sign out on one other device; with ``person``, one of somebody whose account one manages."""
    with durable():
        services.end_session(
            session_id=session_id,
            actor=request.actor,
            at=request.now,
            keep=request.session.session_key or "",
        )
    messages.success(request, _("已登出那個裝置。"))
    return _back(_person_asked(request))


@signed_in
def new_deputy(request: Request, person_id: int | None = None) -> HttpResponseBase:
    """Appoint a deputy for oneself, or for a person whose deputies one arranges."""
    principal_id = person_id or request.actor.person_id or 0
    principal = queries.person_for(request.actor, principal_id, at=request.now)
    soon = request.now + timedelta(minutes=5)
    initial = {
        "from_at": forms.shown_local(soon),
        "until_at": forms.shown_local(soon + timedelta(days=1)),
    }
    candidates = queries.deputy_candidates(principal_id, request.now)
    form = forms.DeputyForm(request.POST or None, initial=initial, candidates=candidates)
    if request.method == "POST" and form.is_valid():
        try:
            _appoint(request, form, principal_id)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已指定代理人。"))
            return _back(person_id)
    context = {"form": form, "person": principal, "is_oneself": person_id is None}
    status = 422 if form.errors else 200
    return render(request, "kernel_people/deputy_form.html", context, status=status)


@signed_in
@require_POST
def end_deputy(request: Request, deputation_id: int) -> HttpResponseBase:
    """End a deputation now."""
    with durable():
        services.end_deputy(deputation_id=deputation_id, actor=request.actor, at=request.now)
    messages.success(request, _("已結束代理。"))
    return _back(_person_asked(request))


def _layout(request: Request) -> str:
    """Who has nothing on the staff's rail sees the public frame."""
    is_staff = home_of(request.actor) != PUBLIC_HOME
    return "layouts/staff.html" if is_staff else "layouts/public.html"


def _appoint(request: Request, form: forms.DeputyForm, principal_id: int) -> None:
    asked = form.cleaned_data
    with durable():
        services.appoint_deputy(
            principal_id=principal_id,
            deputy_id=int(asked["deputy"]),
            from_at=asked["from_at"],
            until_at=asked["until_at"],
            reason=asked["reason"],
            actor=request.actor,
            at=request.now,
        )


def _person_asked(request: Request) -> int | None:
    """From whose page the form came; None = from one's own."""
    person_id = request.POST.get("person", "")
    return int(person_id) if person_id.isdecimal() else None


def _back(person_id: int | None) -> HttpResponseBase:
    if person_id is None:
        return redirect("kernel_people:me")
    return redirect("kernel_people:person", person_id)
