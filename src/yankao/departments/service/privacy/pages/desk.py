"""/privacy/desk/ – the agency decides within the law's term; /privacy/retention/ – what is past."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base import formats
from yankao.base.errors import NotVisible, Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.privacy import permissions, queries, rules, services
from yankao.departments.service.privacy.forms import (
    CounterForm,
    ExtendForm,
    GrantForm,
    RefuseForm,
)
from yankao.departments.service.privacy.pages.citizen import handed_out
from yankao.departments.service.privacy.rules import Ground, Right
from yankao.departments.service.privacy.workflow import Permission, State

PAGE_SIZE = 50


@requires(Permission.READ)
@require_GET
def requests(request: Request) -> HttpResponse:
    """What is to be decided, or was."""
    is_open = request.GET.get("view") != "ended"
    rows = queries.requests_for(request.actor, is_open=is_open)
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [
        {
            "it": one,
            "right": queries.RIGHTS[Right(one.right)],
            "word": queries.STATES[State(one.state)],
            "tone": queries.TONES[State(one.state)],
            "due_at": one.obligation.due_at,
            "state": one.obligation.state,
        }
        for one in page
    ]
    context = {
        "page": page,
        "is_open": is_open,
        "views": [
            {"title": _("等決定"), "url": "?", "current": is_open},
            {"title": _("已決定"), "url": "?view=ended", "current": not is_open},
        ],
        "may_take_in": request.actor.holds(Permission.TAKE_IN),
        "may_forget": request.actor.holds(Permission.RETENTION),
    }
    return render(request, "service_privacy/requests.html", context)


@requires(Permission.TAKE_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: Request) -> HttpResponseBase:
    """A request at the counter."""
    form = CounterForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            with durable():
                opened = services.take_in(
                    **form.wish(),
                    identity=form.cleaned_data["identity"],
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            numbers = _("、").join(one.number for one in opened)
            messages.success(request, _("已登錄，編號 %(numbers)s。") % {"numbers": numbers})
            return redirect("service_privacy:take_in")
    status = 422 if form.is_bound else 200
    return render(request, "service_privacy/take_in.html", {"form": form}, status=status)


@requires(Permission.READ)
@require_GET
def request_page(request: Request, request_id: int) -> HttpResponse:
    """One request; who decides sees the data it is about, and that is written down."""
    return _page(request, request_id)


@requires(Permission.DECIDE)
@require_POST
def extend(request: Request, request_id: int) -> HttpResponseBase:
    """More time, once."""
    form = ExtendForm(request.POST)

    def act() -> None:
        given = form.cleaned_data
        services.extend(
            request_id=request_id,
            days=given["days"],
            reason=given["extension_reason"],
            actor=request.actor,
            at=request.now,
        )

    return _decided(request, request_id, "extend", form, act, _("已延長，並通知民眾。"))


@requires(Permission.DECIDE)
@require_POST
def grant(request: Request, request_id: int) -> HttpResponseBase:
    """Granted and carried out."""
    form = GrantForm(request.POST)

    def act() -> None:
        services.grant(
            request_id=request_id,
            reason=form.cleaned_data["remark"],
            actor=request.actor,
            at=request.now,
        )

    return _decided(request, request_id, "grant", form, act, _("已同意並執行，也通知了民眾。"))


@requires(Permission.DECIDE)
@require_POST
def refuse(request: Request, request_id: int) -> HttpResponseBase:
    """Not granted, with the article."""
    found = queries.request_for(request.actor, request_id)
    form = RefuseForm(request.POST, right=Right(found.right))

    def act() -> None:
        services.refuse(
            request_id=request_id,
            ground=Ground(form.cleaned_data["ground"]),
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            at=request.now,
        )

    return _decided(request, request_id, "refuse", form, act, _("已回復不同意，並通知民眾。"))


@requires(Permission.DECIDE)
@require_POST
def copy(request: Request, request_id: int) -> HttpResponse:
    """The granted copy, to be handed out at the counter."""
    with durable():
        made = services.copy_for_staff(request_id=request_id, actor=request.actor, at=request.now)
    return handed_out(made)


@requires(Permission.RETENTION)
@require_GET
def retention(request: Request) -> HttpResponse:
    """How many people the next run would forget, kind by kind; nothing happens here."""
    rows = queries.retention_for(request.actor, at=request.now)
    return render(request, "service_privacy/retention.html", {"rows": rows})


def _decided(
    request: Request, request_id: int, name: str, form: forms.Form, act: Any, told: str
) -> HttpResponseBase:
    if not form.is_valid():
        return _page(request, request_id, **{name: form}, status=422)
    try:
        with durable():
            act()
    except NotVisible:
        raise
    except Refused as refusal:
        show_refusal(form, refusal)
        return _page(request, request_id, **{name: form}, status=refusal.status)
    messages.success(request, told)
    return redirect("service_privacy:request", request_id=request_id)


def _page(request: Request, request_id: int, *, status: int = 200, **typed: Any) -> HttpResponse:
    with durable():
        found = services.open_request(request_id=request_id, actor=request.actor, at=request.now)
    right = Right(found.right)
    sees = permissions.may_see_person(request.actor, found)
    context = {
        "it": found,
        "right": queries.RIGHTS[right],
        "word": queries.STATES[State(found.state)],
        "tone": queries.TONES[State(found.state)],
        "facts": _facts(found, right),
        "matters": [_matter(one) for one in queries.matters_of(found, with_person=sees)],
        "wanted": _contact(found.wanted or {}) if sees else [],
        "due_at": found.obligation.due_at if found.obligation else None,
        "clock_state": found.obligation.state if found.obligation else "",
        "may_decide": permissions.may_decide(request.actor, found),
        "may_copy": found.copy_until_at is not None
        and request.now < found.copy_until_at
        and request.actor.holds(Permission.DECIDE, found.agency_id),
        "most_days": rules.LONGEST_EXTENSION_DAYS[right],
        "extend": typed.get("extend") or ExtendForm(),
        "grant": typed.get("grant") or GrantForm(),
        "refuse": typed.get("refuse") or RefuseForm(right=right),
        "form": next(iter(typed.values()), None),
    }
    return render(request, "service_privacy/request.html", context, status=status)


def _facts(found: Any, right: Right) -> list[dict[str, Any]]:
    channels = {"web": _("線上，已由當時留的聯絡方式確認"), "counter": _("櫃台")}
    facts = [
        {"term": _("權利"), "value": str(queries.RIGHTS[right])},
        {"term": _("依據"), "value": str(rules.Article[right.name])},
        {"term": _("管道"), "value": channels[found.channel]},
    ]
    if found.identity:
        facts.append({"term": _("怎麼確認身分"), "value": found.identity})
    if found.opened_at:
        facts.append({"term": _("收到"), "value": formats.roc_datetime(found.opened_at)})
    if found.extended_days:
        told = {"days": found.extended_days, "reason": found.extension_reason}
        facts.append({"term": _("延長"), "value": _("%(days)s 天：%(reason)s") % told})
    if found.decided_at:
        told = {"who": found.decided_by_name, "at": formats.roc_datetime(found.decided_at)}
        facts.append({"term": _("決定"), "value": _("%(who)s，%(at)s") % told})
    if found.ground:
        ground = Ground(found.ground)
        facts.append({"term": _("不同意的依據"), "value": rules.GROUNDS[ground][1]})
    if found.reason:
        facts.append({"term": _("說明"), "value": found.reason})
    return facts


def _matter(view: queries.MatterView) -> dict[str, Any]:
    held = view.held
    outcomes = {"done": _("已執行"), "kept": _("保留")}
    return {
        "number": view.matter.number,
        "kind": view.kind_title,
        "outcome": outcomes.get(view.matter.outcome, ""),
        "is_open": held is not None and held.closed_at is None,
        "rows": [] if held is None else _contact(held.contact()) + _texts(held.texts),
    }


def _contact(values: Any) -> list[dict[str, str]]:
    words = {"name": _("姓名"), "phone": _("電話"), "email": _("電子郵件"), "address": _("地址")}
    return [{"term": words[key], "value": value} for key, value in values.items() if value]


def _texts(texts: Any) -> list[dict[str, str]]:
    return [{"term": title, "value": text} for title, text in texts.items() if text]
