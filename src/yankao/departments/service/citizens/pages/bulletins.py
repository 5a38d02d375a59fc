"""/bulletins/ – staff write, another sends; /news/ – what was sent, for everybody."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base.errors import NotVisible, Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import public, requires
from yankao.base.transactions import durable
from yankao.departments.service.citizens import permissions, queries, rules, services
from yankao.departments.service.citizens.forms import BulletinForm, ReasonForm
from yankao.departments.service.citizens.rules import Category
from yankao.departments.service.citizens.workflow import Move, Permission, State
from yankao.kernel.places import queries as places

PAGE_ROWS = 20
MOVES = {
    Move.SEND: gettext_lazy("核發並送出"),
    Move.SEND_URGENT: gettext_lazy("立即發送"),
    Move.RETURN: gettext_lazy("退回"),
    Move.STOP: gettext_lazy("停止"),
}
REASONS = {
    Move.SEND: "",
    Move.SEND_URGENT: gettext_lazy("為什麼由一個人立即發送"),
    Move.RETURN: gettext_lazy("退回的原因"),
    Move.STOP: gettext_lazy("停止的原因"),
}
TONES = {Move.SEND: "primary", Move.SEND_URGENT: "warning", Move.STOP: "warning"}


@public
@require_GET
def news(request: Request) -> HttpResponseBase:
    """What was sent within thirty days; for whoever takes no pushes, or opens one later stopped."""
    category = request.GET.get("category", "")
    category = category if category in rules.PUBLIC else ""
    found = queries.public_bulletins(at=request.now, category=category)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    chosen = [("", _("全部")), *((c.value, queries.CATEGORIES[c]) for c in rules.PUBLIC)]
    views = [
        {
            "title": title,
            "url": f"?category={value}" if value else "?",
            "count": None,
            "current": value == category,
        }
        for value, title in chosen
    ]
    rows = [_row(row) for row in page.object_list]
    context = {"rows": rows, "page_obj": page, "views": views}
    return render(request, "service_citizens/news.html", context)


def _row(row: Any) -> dict[str, Any]:
    return {
        "it": row,
        "category": queries.CATEGORIES[Category(row.category)],
        "category_tone": "late" if row.category == Category.DISASTER else "info",
        "places": queries.place_names(row),
        "is_stopped": row.state == State.STOPPED,
        "word": queries.STATES[State(row.state)],
        "tone": queries.TONES[State(row.state)],
    }


@requires(Permission.READ)
@require_GET
def listing(request: Request) -> HttpResponseBase:
    """Every message of one's agencies, newest first."""
    found = queries.bulletins_for(request.actor)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "rows": [_row(row) for row in page.object_list],
        "page_obj": page,
        "may_write": request.actor.holds(Permission.WRITE),
    }
    return render(request, "service_citizens/bulletins.html", context)


@requires(Permission.WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: Request) -> HttpResponseBase:
    """Write one; its page then shows it as phones do, with how many get it."""
    districts = [(one.code, local(one.name)) for one in places.districts()]
    form = BulletinForm(*sent(request), districts=districts)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        draft = services.Draft(
            given["category"], given["title"], given["words"], given["districts"],
            [name for name in given["villages"].replace("、", "\n").splitlines() if name.strip()],
        )  # fmt: skip
        try:
            with durable():
                row = services.write_bulletin(draft=draft, actor=request.actor, at=request.now)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("service_citizens:bulletin", row.pk)
    status = 422 if form.is_bound else 200
    return render(request, "service_citizens/write.html", {"form": form}, status=status)


@requires(Permission.READ)
@require_GET
def show(request: Request, bulletin_id: int) -> HttpResponseBase:
    """One message, as a phone shows it, and what may be done with it."""
    return _page(request, bulletin_id, {})


def _page(request: Request, bulletin_id: int, bound: dict[Move, ReasonForm]) -> HttpResponseBase:
    row = queries.bulletin_for(request.actor, bulletin_id)
    moves = [
        {
            "name": move.value,
            "title": title,
            "form": None if move is Move.SEND
            else bound.get(move) or ReasonForm(auto_id=f"{move}_%s", label=REASONS[move]),
            "tone": TONES.get(move, "secondary"),
        }
        for move, title in MOVES.items()
        if permissions.may(request.actor, row, move)
    ]  # fmt: skip
    waits = row.state == State.WAITING
    context = {
        **_row(row),
        "receivers": len(queries.receivers_of(row)) if waits else row.receivers,
        "waits": waits,
        "is_own": permissions.wrote(request.actor, row),
        "moves": moves,
        "bad": next(iter(bound.values()), None),
    }
    status = 422 if bound else 200
    return render(request, "service_citizens/bulletin.html", context, status=status)


@requires(Permission.SEND)
@require_POST
def make(request: Request, bulletin_id: int, move: str) -> HttpResponseBase:
    """Send, send alone, return or stop."""
    if move not in set(Move):
        raise NotVisible("citizens.no_such_move", _("沒有這一頁。"))
    chosen = Move(move)
    form = ReasonForm(request.POST, auto_id=f"{move}_%s", label=REASONS[chosen])
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        with durable():
            services.move_bulletin(
                bulletin_id=bulletin_id, move=chosen, reason=reason,
                actor=request.actor, at=request.now,
            )  # fmt: skip
    except services.BulletinWrong as refusal:
        if not form.errors:
            show_refusal(form, refusal)
        return _page(request, bulletin_id, {chosen: form})
    done = {
        Move.SEND: _("已核發，正在送出。"),
        Move.SEND_URGENT: _("已立即發送，正在送出。"),
        Move.RETURN: _("已退回。"),
        Move.STOP: _("已停止，還沒送出的不會再送。"),
    }
    messages.success(request, done[chosen])
    return redirect("service_citizens:bulletin", bulletin_id)
