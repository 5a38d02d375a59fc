"""What became of a report, for anybody who holds the link or the number with its check code."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render

from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.departments.service.dispatch import forms, queries
from yankao.departments.service.dispatch.services import common


@public
def look_up(request: Request) -> HttpResponse:
    """Number and check code → the status page under its signed link."""
    form = forms.LookupForm(
        request.POST or None, initial={"number": request.GET.get("q", "").strip()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            status = queries.status_by_code(**form.cleaned_data, secret=settings.SECRET_KEY)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            token = common.lookup_token(status.number)
            return redirect("service_dispatch:status_by_token", token=token)
    code = 422 if form.is_bound else 200
    return render(request, "service_dispatch/status_look_up.html", {"form": form}, status=code)


@public
def show(request: Request, token: str) -> HttpResponse:
    """State, steps, promise and public remarks; no personal data, not kept by caches."""
    status = queries.status_by_token(token)
    response = render(request, "service_dispatch/status.html", {"status": status})
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
