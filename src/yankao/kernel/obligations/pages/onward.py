"""/work/next/ – from one matter straight to the next, whatever system it belongs to."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.kernel.obligations import queries
from yankao.kernel.obligations.permissions import READ


@requires(READ)
@require_GET
def onward(request: Request) -> HttpResponse:
    """The next obligation after the matter named by ``after``; the inbox when nothing is left."""
    found = queries.next_for(request.actor, after=request.GET.get("after", "")[:60])
    if found is None:
        messages.success(request, _("沒有下一件了，待辦都處理完了。"))
        return redirect("kernel_obligations:inbox")
    return redirect(found.address or reverse("kernel_obligations:clock", args=[found.id]))
