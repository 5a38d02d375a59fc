"""/doors/keys/ – who may use the API: issue, replace, revoke, and see how much is used."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.kernel.doors import forms, queries, services
from yankao.kernel.doors.faces import KEY_HEADER
from yankao.kernel.doors.permissions import MANAGE

app_name = "kernel_doors"


@requires(MANAGE)
def keys(request: Request) -> HttpResponse:
    """The keys with their use."""
    page = queries.keys_page(request.actor, number=request.GET.get("page", 1), at=request.now)
    return render(request, "kernel_doors/keys.html", {"page_obj": page, "days": queries.USE_DAYS})


@never_cache
@requires(MANAGE)
def new_key(request: Request) -> HttpResponse:
    """Issue a key; its secret is shown once."""
    form = forms.KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                issued = services.issue_key(
                    **form.cleaned_data, actor=request.actor, at=request.now
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _secret_once(request, issued)
    return _form_page(request, form, heading=_("核發 API 金鑰"), submit=_("核發金鑰"))


@never_cache
@requires(MANAGE)
def replace_key(request: Request, key_id: int) -> HttpResponse:
    """A new secret for a key."""
    key = queries.key_for(request.actor, key_id, at=request.now)
    form = forms.ReplaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                issued = services.replace_key(
                    key_id=key_id, **form.cleaned_data, actor=request.actor, at=request.now
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _secret_once(request, issued)
    return _form_page(request, form, heading=_("換發 API 金鑰"), submit=_("換發金鑰"), key=key)


@requires(MANAGE)
def revoke_key(request: Request, key_id: int) -> HttpResponseBase:
    """End a key."""
    key = queries.key_for(request.actor, key_id, at=request.now)
    form = forms.RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                services.revoke_key(
                    key_id=key_id, **form.cleaned_data, actor=request.actor, at=request.now
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("已撤銷金鑰，對方從現在起無法使用。"))
            return redirect("kernel_doors:keys")
    return _form_page(
        request, form, heading=_("撤銷 API 金鑰"), submit=_("撤銷金鑰"), key=key, warns=True
    )


def _secret_once(request: Request, issued: services.Issued) -> HttpResponse:
    key = queries.key_for(request.actor, issued.key.pk, at=request.now)
    context = {"key": key, "secret": issued.secret, "header": KEY_HEADER}
    return render(request, "kernel_doors/secret_once.html", context)


def _form_page(
    request: Request,
    form: Form,
    *,
    heading: str,
    submit: str,
    key: queries.KeyRow | None = None,
    warns: bool = False,
) -> HttpResponse:
    context = {"form": form, "heading": heading, "submit": submit, "key": key, "warns": warns}
    return render(request, "kernel_doors/form.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("doors/keys/", keys, name="keys"),
    path("doors/keys/new/", new_key, name="new_key"),
    path("doors/keys/<int:key_id>/replace/", replace_key, name="replace_key"),
    path("doors/keys/<int:key_id>/revoke/", revoke_key, name="revoke_key"),
]
