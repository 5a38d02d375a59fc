"""/me/views/ – one's saved views of a list: name, order, share, delete, have back."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base.errors import Forbidden
from yankao.base.http import Request
from yankao.base.routes import signed_in
from yankao.base.transactions import durable
from yankao.kernel.people import queries, services
from yankao.kernel.people.forms import ViewForm
from yankao.kernel.people.lists import StaffList, staff_lists
from yankao.kernel.people.permissions import SHARE_VIEWS


@signed_in
@require_GET
def views(request: Request, list_name: str) -> HttpResponse:
    """One's own views of a list, and what colleagues share."""
    which = _list(request, list_name)
    found = queries.views_for(request.actor, list_name)
    deleted = request.GET.get("deleted", "")
    undoable = None
    if deleted.isdecimal() and len(deleted) < 10:
        undoable = queries.deleted_view(request.actor, int(deleted), request.now)
    context = {
        "list": which,
        "address": reverse(which.url_name),
        "own": [_row(request, which, view) for view in found if view.is_own],
        "shared": [_row(request, which, view) for view in found if not view.is_own],
        "undoable": undoable,
    }
    return render(request, "kernel_people/views.html", context)


def _row(request: Request, which: StaffList, view: queries.ViewRow) -> dict[str, Any]:
    initial = {"title": view.title, "shared": view.is_shared}
    prefix = f"view-{view.id}"
    return {
        "view": view,
        "url": f"{reverse(which.url_name)}?{urlencode(which.clean(request.actor, view.query))}",
        "form": ViewForm(initial=initial, may_share=_may_share(request), auto_id=f"{prefix}-%s"),
    }


@signed_in
@require_POST
def save(request: Request, list_name: str) -> HttpResponseBase:
    """Keep the filters one looks at under a name, and show them."""
    which = _list(request, list_name)
    asked = QueryDict(request.POST.get("query", "")[:4000]).dict()
    query = which.clean(request.actor, {key: str(value) for key, value in asked.items()})
    with durable():
        services.save_view(
            list_name=list_name,
            title=request.POST.get("title", ""),
            query=query,
            shared="shared" in request.POST,
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已存成檢視。"))
    return redirect(f"{reverse(which.url_name)}?{urlencode(query)}")


@signed_in
@require_POST
def change(request: Request, view_id: int) -> HttpResponseBase:
    """Another name or order, shared or not: the button pressed says which."""
    move = request.POST.get("move", "")
    how: Any = {"view_id": view_id, "actor": request.actor, "at": request.now}
    with durable():
        if move in {"up", "down"}:
            view = services.move_view(up=move == "up", **how)
        else:
            title, shared = request.POST.get("title", ""), "shared" in request.POST
            view = services.change_view(title=title, shared=shared, **how)
            messages.success(request, _("已更改檢視。"))
    return redirect("kernel_people:views", list_name=view.list_name)


@signed_in
@require_POST
def delete(request: Request, view_id: int) -> HttpResponseBase:
    """Take a view away; the page offers to have it back."""
    with durable():
        view = services.delete_view(view_id=view_id, actor=request.actor, at=request.now)
    address = reverse("kernel_people:views", args=[view.list_name])
    return redirect(f"{address}?deleted={view.pk}")


@signed_in
@require_POST
def restore(request: Request, view_id: int) -> HttpResponseBase:
    """Have back what was just deleted."""
    with durable():
        view = services.restore_view(view_id=view_id, actor=request.actor, at=request.now)
    messages.success(request, _("已復原檢視。"))
    return redirect("kernel_people:views", list_name=view.list_name)


def _list(request: Request, name: str) -> StaffList:
    """The list, for those who may read it."""
    which = staff_lists().get(name)
    if which is None:
        raise Http404
    if not request.actor.holds(which.permission):
        raise Forbidden("base.no_permission", _("您的帳號沒有這項權限。"))
    return which


def _may_share(request: Request) -> bool:
    actor = request.actor
    return actor.agency is not None and actor.holds(SHARE_VIEWS, actor.agency)
