"""/replies/ – my drafts, what waits for my approval, letters to post."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base.bulk import Outcome, chosen, run_each
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.kernel.replies import queries, services, words
from yankao.kernel.replies.forms import PostedForm
from yankao.kernel.replies.permissions import APPROVE, POST, READ, WRITE
from yankao.kernel.replies.queries import ReplyRow

LISTS = {
    "waiting": queries.waiting_for,
    "drafts": queries.drafts_for,
    "post": queries.to_post_for,
}


@requires(READ)
@require_GET
def home(request: Request) -> HttpResponse:
    """One of the three lists, page by page."""
    tabs = _tabs(request)
    view = request.GET.get("view", "")
    if view not in tabs:
        view = next(iter(tabs), "drafts")
    page = LISTS[view](request.actor, cursor=request.GET.get("cursor", ""))
    context = {
        "view": view,
        "tabs": [{**tab, "current": name == view} for name, tab in tabs.items()],
        "page": page,
        "rows": [_row(row) for row in page.rows],
        "going_out": queries.going_out_for(request.actor),
        "posting": PostedForm(
            initial={"posted_on": request.now.astimezone(TAIPEI).date().isoformat()}
        ),
        "may_write": request.actor.holds(WRITE),
    }
    return render(request, "kernel_replies/home.html", context)


def _tabs(request: Request) -> dict[str, dict[str, Any]]:
    """The lists that make sense for who looks, what waits first."""
    counts = queries.counts_for(request.actor)
    address = reverse("kernel_replies:home")
    found = {}
    for name, title, count, permission in (
        ("waiting", _("待我核稿"), counts.waiting, APPROVE),
        ("drafts", _("我的稿件"), counts.drafts, WRITE),
        ("post", _("待寄出"), counts.to_post, POST),
    ):
        if request.actor.holds(permission):
            found[name] = {"title": title, "count": count, "url": f"{address}?view={name}"}
    return found


def _row(row: ReplyRow) -> dict[str, Any]:
    return {
        "it": row,
        "url": reverse("kernel_replies:reply", args=[row.id]),
        "key": f"{row.id}:{row.version}",
        "state": words.STATES[row.state],
        "tone": words.TONES[row.state],
        "waits_for": words.role_words(row.waits_for),
        "channel": words.channel_words(row.channel),
    }


@requires(READ)
@require_POST
def bulk(request: Request) -> HttpResponseBase:
    """Approve as seen, or record as posted, each chosen reply by itself."""
    keys, do = chosen(request.POST.getlist("id")), request.POST.get("do", "")
    if do == "approve":
        return _answer(request, "waiting", _("核可回復"), run_each(keys, _approval(request)))
    if do == "posted":
        form = PostedForm(request.POST)
        if not form.is_valid():
            messages.error(request, str(next(iter(form.errors.values()))[0]))
            return redirect(f"{reverse('kernel_replies:home')}?view=post")
        day: date = form.cleaned_data["posted_on"]
        return _answer(request, "post", _("登記寄出"), run_each(keys, _posting(request, day)))
    raise Http404


def _approval(request: Request) -> Any:
    def act(key: str) -> object:
        reply_id, version = _seen(key)
        return services.approve_reply(
            reply_id=reply_id, version=version, actor=request.actor, at=request.now
        )

    return act


def _posting(request: Request, day: date) -> Any:
    def act(key: str) -> object:
        return services.mark_posted(
            reply_id=_seen(key)[0], posted_on=day, actor=request.actor, at=request.now
        )

    return act


def _seen(key: str) -> tuple[int, int]:
    """The reply ticked and the version shown. Raises ReplyUnknown."""
    parts = key.split(":")
    if len(parts) != 2 or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
        raise queries.ReplyUnknown("replies.unknown", _("找不到這份回復稿，或您無權檢視。"))
    return int(parts[0]), int(parts[1])


def _answer(request: Request, view: str, title: str, outcome: Outcome) -> HttpResponseBase:
    back = f"{reverse('kernel_replies:home')}?view={view}"
    if not outcome.refused:
        said = _("「%(move)s」完成 %(n)s 件。") % {"move": title, "n": len(outcome.done)}
        messages.success(request, said)
        return redirect(back)
    context = {
        "title": title,
        "outcome": outcome,
        "done": [_named(key) for key in outcome.done],
        "refused": [(_named(key), reason) for key, reason in outcome.refused],
        "back": back,
    }
    return render(request, "ui/bulk_result.html", context)


def _named(key: str) -> dict[str, str]:
    reply_id = key.partition(":")[0]
    known = reply_id.isascii() and reply_id.isdigit() and len(reply_id) < 19
    url = reverse("kernel_replies:reply", args=[int(reply_id)]) if known else ""
    return {"title": _("回復稿 %(number)s") % {"number": reply_id}, "url": url}
