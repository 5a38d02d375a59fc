"""/replies/phrases/ – saved replies: one's own, and the unit's."""

from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.kernel.replies import queries, services
from yankao.kernel.replies.forms import PhraseForm
from yankao.kernel.replies.permissions import WRITE


@requires(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def phrases(request: Request) -> HttpResponseBase:
    """All that can be inserted; a new one below."""
    form = PhraseForm(request.POST if request.method == "POST" else None, may_share=_may(request))
    if request.method == "POST" and form.is_valid():
        with durable():
            services.save_phrase(**_given(form), actor=request.actor, at=request.now)
        messages.success(request, _("已儲存常用語。"))
        return redirect("kernel_replies:phrases")
    return _page(request, form)


@requires(WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, phrase_id: int) -> HttpResponseBase:
    """Change one's own."""
    phrase = queries.phrase_for(request.actor, phrase_id)
    stored = {"title": phrase.title, "body": phrase.body, "shared": phrase.is_shared}
    typed = request.POST if request.method == "POST" else None
    form = PhraseForm(typed, initial=stored, may_share=_may(request))
    if request.method == "POST" and form.is_valid():
        with durable():
            services.change_phrase(
                phrase_id=phrase_id, **_given(form), actor=request.actor, at=request.now
            )
        messages.success(request, _("已儲存常用語。"))
        return redirect("kernel_replies:phrases")
    status = 422 if form.is_bound else 200
    context = {"form": form, "phrase": phrase}
    return render(request, "kernel_replies/phrase.html", context, status=status)


@requires(WRITE)
@require_POST
def delete(request: Request, phrase_id: int) -> HttpResponseBase:
    """Delete one's own."""
    with durable():
        services.delete_phrase(phrase_id=phrase_id, actor=request.actor, at=request.now)
    messages.success(request, _("已刪除常用語。"))
    return redirect("kernel_replies:phrases")


def _may(request: Request) -> bool:
    return request.actor.unit is not None


def _given(form: PhraseForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {
        "title": given["title"],
        "body": given["body"],
        "is_shared": given.get("shared", False),
    }


def _page(request: Request, form: PhraseForm) -> HttpResponseBase:
    context = {"form": form, "phrases": queries.phrases_for(request.actor)}
    status = 422 if form.is_bound else 200
    return render(request, "kernel_replies/phrases.html", context, status=status)
