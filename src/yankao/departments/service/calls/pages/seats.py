"""/calls/seats/ – who answers under which name of the exchange."""

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.calls import forms, queries, services
from yankao.departments.service.calls.workflow import Permission
from yankao.kernel.people import queries as people


@requires(Permission.SUPERVISE)
@require_http_methods(["GET", "HEAD", "POST"])
def seats(request: Request) -> HttpResponseBase:
    """Seats, and a form for one."""
    agents = people.people_with("AGENT", at=request.now)
    form = forms.SeatForm(sent(request)[0], people=[(str(one.id), one.name) for one in agents])
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            with durable():
                services.set_seat(
                    person_id=int(told["person"]),
                    login=told["login"],
                    skills=told["skills"],
                    is_active=told["is_active"],
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("席位已登記。"))
            return redirect("service_calls:seats")
    status = 422 if form.is_bound else 200
    context = {"form": form, "seats": queries.seats()}
    return render(request, "service_calls/seats.html", context, status=status)
