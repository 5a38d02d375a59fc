"""/my/account/ – devices, passkeys, one's own data, and the end of the account."""

from django.contrib import messages
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.transactions import durable
from yankao.departments.service.citizens import queries, services
from yankao.departments.service.citizens.forms import DeleteForm, PasskeyForm
from yankao.departments.service.citizens.pages.session import citizens_only, end
from yankao.departments.service.citizens.pages.sign_in import host_of
from yankao.departments.service.citizens.queries import SignedIn
from yankao.kernel.people.browsers import browser_name

MADE = "citizens_passkey_new"


@require_GET
@citizens_only
def show(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """Where one is signed in, and with what."""
    context = {
        "who": who.citizen,
        "here": who.session.pk,
        "sessions": queries.sessions_of(who.citizen, at=request.now),
        "passkeys": queries.passkeys_of(who.citizen),
    }
    return render(request, "service_citizens/account.html", context)


@require_POST
@citizens_only
def copy(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """Everything the account holds, as a file; that it was taken is written down."""
    with durable():
        held = services.copy_account(citizen=who.citizen, at=request.now)
    response = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-account.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@citizens_only
def add_passkey(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """Make a passkey on this device."""
    host = host_of(request)
    browser = browser_name(request.headers.get("User-Agent", ""))
    form = PasskeyForm(*sent(request), initial={"name": browser})
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.add_passkey(
                    citizen=who.citizen,
                    host=host,
                    state=request.session.pop(MADE, None),
                    answer=request.POST.get("credential", ""),
                    name=form.cleaned_data["name"],
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已加入通行金鑰，下次可以直接用它登入。"))
            return redirect("service_citizens:account")
    question = services.question_to_make(citizen=who.citizen, host=host)
    request.session[MADE] = question.state
    context = {"form": form, "options": question.options}
    status = 422 if form.is_bound else 200
    return render(request, "service_citizens/passkey.html", context, status=status)


@require_POST
@citizens_only
def remove_passkey(request: Request, passkey_id: int, *, who: SignedIn) -> HttpResponseBase:
    """Take a passkey away."""
    with durable():
        services.remove_passkey(citizen=who.citizen, passkey_id=passkey_id, at=request.now)
    messages.success(request, _("已移除通行金鑰。"))
    return redirect("service_citizens:account")


@require_http_methods(["GET", "HEAD", "POST"])
@citizens_only
def delete(request: Request, *, who: SignedIn) -> HttpResponseBase:
    """The account goes, at once; what was reported stays with the agencies."""
    form = DeleteForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        with durable():
            services.delete_account(citizen=who.citizen, at=request.now)
        messages.success(request, _("帳號已刪除。您通報與陳情的案件照常處理。"))
        return end(redirect("service_citizens:sign_in"))
    status = 422 if form.is_bound else 200
    return render(request, "service_citizens/delete.html", {"form": form}, status=status)
