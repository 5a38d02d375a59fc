"""/messages/: an agency's programs, their keys, team, templates and messages; a month's use."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base import exports, formats
from yankao.base.clock import TAIPEI
from yankao.base.errors import Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.messages import forms, permissions, queries, services
from yankao.departments.service.messages.permissions import MANAGE, READ
from yankao.departments.service.messages.queries import (
    COST,
    DELIVERED,
    DOUBLES,
    FAILED,
    PARTS,
    SENT,
    USED,
    Use,
    UseRow,
)
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.declarations import UNKNOWN
from yankao.kernel.figures.questions import address
from yankao.kernel.figures.rules import Period
from yankao.kernel.notices import queries as notices

app_name = "service_messages"


@requires(READ)
@require_GET
def programs(request: Request) -> HttpResponse:
    """The programs of the actor's agencies."""
    rows = queries.programs_for(request.actor).order_by("closed_at", "agency_id", "name")
    context = {
        "page_obj": Paginator(rows, queries.PAGE_ROWS).get_page(request.GET.get("page", 1)),
        "may_manage": request.actor.holds(MANAGE),
    }
    return render(request, "service_messages/programs.html", context)


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
def new_program(request: Request) -> HttpResponseBase:
    """Make a program."""
    today = request.now.astimezone(TAIPEI).date()
    agencies = queries.agency_choices(request.actor, on=today)
    form = forms.ProgramForm(request.POST or None, agencies=agencies)

    def make(**given: Any) -> HttpResponseBase:
        with durable():
            made = services.make_program(**given, actor=request.actor, at=request.now)
        return redirect("service_messages:program", program=made.uuid)

    return _asked(request, form, make, heading=_("登記發訊程式"), submit=_("登記"))


@requires(READ)
@require_GET
def program(request: Request, program: UUID) -> HttpResponse:
    """One program: keys, team, templates."""
    return _program_page(request, program, forms.MemberForm())


def _program_page(request: Request, uuid: UUID, member: Form) -> HttpResponse:
    row = queries.program_for(request.actor, uuid)
    may = permissions.may_manage(request.actor, row.agency_id) and row.closed_at is None
    context = {
        "program": row,
        "keys": queries.keys_of(row),
        "kinds": {kind: str(words).partition("：")[0] for kind, words in forms.KEY_KINDS},
        "team": list(row.team.all()) if may else [],
        "templates": queries.templates_of(row),
        "may_manage": may,
        "facts": _facts(row, queries.sent_on_day(row, request.now)),
        "form": member,
    }
    status = 422 if member.errors else 200
    return render(request, "service_messages/program.html", context, status=status)


def _facts(row: Any, today: int) -> list[dict[str, object]]:
    limit = _("%(today)s 則，每日上限 %(most)s 則") % {
        "today": f"{today:,}",
        "most": f"{row.most_a_day:,}",
    }
    return [
        {"term": _("付費機關"), "value": local(row.agency.name)},
        {"term": _("今天已送"), "value": limit},
        {"term": _("建立者"), "value": row.made_by_name},
    ]


@requires(MANAGE)
@require_POST
def close_program(request: Request, program: UUID) -> HttpResponseBase:
    """End a program."""
    with durable():
        services.close_program(program=program, actor=request.actor, at=request.now)
    messages.success(request, _("程式已停用，所有金鑰從現在起無效。"))
    return redirect("service_messages:program", program=program)


@never_cache
@requires(MANAGE)
@require_http_methods(["GET", "POST"])
def new_key(request: Request, program: UUID) -> HttpResponseBase:
    """Issue a key; it is shown once."""
    row = queries.program_for(request.actor, program)

    def issue(**given: Any) -> HttpResponseBase:
        with durable():
            issued = services.issue_key(
                program=program, **given, actor=request.actor, at=request.now
            )
        context = {"program": row, "issued": issued}
        return render(request, "service_messages/key_once.html", context)

    form = forms.KeyForm(request.POST or None)
    return _asked(request, form, issue, heading=_("核發金鑰"), submit=_("核發金鑰"), program=row)


@requires(MANAGE)
@require_POST
def end_key(request: Request, program: UUID, key_id: int) -> HttpResponseBase:
    """Revoke a key."""
    with durable():
        services.end_key(program=program, key_id=key_id, actor=request.actor, at=request.now)
    messages.success(request, _("已撤銷金鑰，對方從現在起無法使用。"))
    return redirect("service_messages:program", program=program)


@requires(MANAGE)
@require_POST
def add_member(request: Request, program: UUID) -> HttpResponseBase:
    """Let team keys reach somebody."""
    form = forms.MemberForm(request.POST)
    if form.is_valid():
        try:
            with durable():
                services.add_member(
                    program=program, **form.cleaned_data, actor=request.actor, at=request.now
                )
        except services.ProgramWrong as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("service_messages:program", program=program)
    return _program_page(request, program, form)


@requires(MANAGE)
@require_POST
def remove_member(request: Request, program: UUID, member_id: int) -> HttpResponseBase:
    """Take somebody out of the team."""
    with durable():
        services.remove_member(
            program=program, member_id=member_id, actor=request.actor, at=request.now
        )
    return redirect("service_messages:program", program=program)


# --- templates -----------------------------------------------------------------------------------


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
def new_template(request: Request, program: UUID) -> HttpResponseBase:
    """Write a template."""
    row = queries.program_for(request.actor, program)

    def write(**given: Any) -> HttpResponseBase:
        with durable():
            made = services.write_template(
                program=program, **given, actor=request.actor, at=request.now
            )
        return redirect("service_messages:template", program=program, template=made.template.uuid)

    form = forms.TemplateForm(request.POST or None)
    return _asked(request, form, write, heading=_("新增範本"), submit=_("儲存範本"), program=row)


@requires(READ)
@require_GET
def template(request: Request, program: UUID, template: UUID) -> HttpResponse:
    """A template: what arrives, parts and price, all versions."""
    row = queries.program_for(request.actor, program)
    latest = queries.template_of(row, template)
    kept = latest.template
    may = permissions.may_manage(request.actor, row.agency_id)
    context = {
        "program": row,
        "template": kept,
        "latest": latest,
        "length": notices.length_of(latest.body),
        "price": notices.price_of(kept.channel, latest.body, request.now),
        "versions": queries.versions_of(kept),
        "may_manage": may and kept.archived_at is None and row.closed_at is None,
    }
    return render(request, "service_messages/template.html", context)


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
def revise_template(request: Request, program: UUID, template: UUID) -> HttpResponseBase:
    """Write a new version."""
    row = queries.program_for(request.actor, program)
    latest = queries.template_of(row, template)
    now = {"subject": latest.subject, "body": latest.body}
    form = forms.TextForm(request.POST or None, initial=now)

    def revise(**given: Any) -> HttpResponseBase:
        with durable():
            services.revise_template(
                program=program, template=template, **given, actor=request.actor, at=request.now
            )
        return redirect("service_messages:template", program=program, template=template)

    return _asked(request, form, revise, heading=_("修改範本"), submit=_("存成新版次"), program=row)


@requires(MANAGE)
@require_POST
def archive_template(request: Request, program: UUID, template: UUID) -> HttpResponseBase:
    """Stop using a template."""
    with durable():
        services.archive_template(
            program=program, template=template, actor=request.actor, at=request.now
        )
    messages.success(request, _("範本已封存，不能再用它送訊息。"))
    return redirect("service_messages:program", program=program)


# --- what was sent -------------------------------------------------------------------------------


@requires(READ)
@require_GET
def log(request: Request, program: UUID) -> HttpResponse:
    """The program's messages, the newest first, addresses masked."""
    row = queries.program_for(request.actor, program)
    form = forms.StatusForm(request.GET)
    status = form.cleaned_data["status"] if form.is_valid() else ""
    page = queries.message_page(row, status=status, page=request.GET.get("page", 1))
    context = {
        "program": row,
        "form": form,
        "page_obj": page,
        "narrowed": bool(status),
        "words": forms.STATUSES,
        "tones": forms.TONES,
    }
    return render(request, "service_messages/log.html", context)


@requires(READ)
@require_GET
def use(request: Request) -> HttpResponse:
    """A month's messages and their cost, by agency."""
    month = queries.month_asked(request.GET.get("month", ""), request.now)
    found = queries.use_for(request.actor, month, at=request.now)
    is_open = month.is_open(request.now)
    context = {
        "month": month,
        "is_open": is_open,
        "is_closed": found.is_closed,
        "rows": [(row, _use_cells(row, month)) for row in found.rows],
        "totals": _totals(found, month),
        "before": month.previous.code,
        "after": "" if is_open else month.next.code,
        "downloads": exports.downloads("service_messages:export", {"month": month.code}),
    }
    return render(request, "service_messages/use.html", context)


def _totals(found: Use, month: Period) -> list[dict[str, Any]]:
    """The large numbers; of one agency or all each leads to its figure."""
    agencies = found.agencies
    codes = {"agency": sorted(agencies)} if agencies else {}
    is_figure = agencies is None or len(agencies) == 1
    totals = dict(zip(USED, found.total, strict=True))
    return [
        {
            "label": measured.figure_named(name).title,
            "value": _number(name, totals[name]),
            "unit": measured.figure_named(name).unit,
            "url": _address(name, month, codes) if is_figure else "",
        }
        for name in (SENT, PARTS, COST, DOUBLES)
    ]


def _use_cells(row: UseRow, month: Period) -> list[dict[str, Any]]:
    codes = {"agency": [row.agency], "channel": [row.channel], "kind": [row.kind]}
    values = dict(zip(USED, row.values, strict=True))
    return [
        {
            "title": title,
            "value": _number(name, values[name]),
            "url": _address(name, month, codes),
        }
        for name, title in _HEADS.items()
    ]


_HEADS = {  # the columns; possible doubles are told of all together
    SENT: gettext_lazy("送出"),
    DELIVERED: gettext_lazy("已送達"),
    FAILED: gettext_lazy("沒送到"),
    PARTS: gettext_lazy("計費則數"),
    COST: gettext_lazy("費用（元）"),
}


def _number(name: str, value: Decimal) -> str:
    return formats.thousands(value, measured.figure_named(name).places)


def _address(name: str, month: Period, codes: Mapping[str, Sequence[str]]) -> str:
    return address(reverse("kernel_figures:figure", args=[name]), codes, period=month.code)


@requires(READ)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The month's use as a sheet."""
    month = queries.month_asked(request.GET.get("month", ""), request.now)
    found = queries.use_for(request.actor, month, at=request.now)
    with durable():
        services.record_export(month=month.start, actor=request.actor, at=request.now)
    return exports.sheet_response(f"messages-{month.code}", _HEAD, _cells(found, month), format)


_HEAD = (
    "month",
    "agency",
    "agency_name",
    "channel",
    "kind",
    "sent",
    "delivered",
    "failed",
    "parts",
    "cost_twd",
    "possible_doubles",
)


def _cells(found: Use, month: Period) -> Iterator[tuple[object, ...]]:
    for row in found.rows:
        agency = "" if row.agency == UNKNOWN else row.agency
        yield (month.code, agency, row.agency_name, row.channel, row.kind, *row.values)


def _asked(
    request: Request,
    form: Form,
    work: Callable[..., HttpResponseBase],
    *,
    heading: str,
    submit: str,
    program: Any = None,
) -> HttpResponseBase:
    """The form, or what comes of it."""
    if request.method == "POST" and form.is_valid():
        try:
            return work(**form.cleaned_data)
        except Refused as refusal:
            if refusal.field is None:
                raise
            show_refusal(form, refusal)
    back = (
        reverse("service_messages:program", args=[program.uuid])
        if program
        else reverse("service_messages:programs")
    )
    context = {
        "form": form,
        "heading": heading,
        "submit": submit,
        "program": program,
        "back": back,
    }
    status = 422 if form.errors else 200
    return render(request, "service_messages/form.html", context, status=status)


urlpatterns = [
    path("messages/", programs, name="programs"),
    path("messages/new/", new_program, name="new_program"),
    path("messages/use/", use, name="use"),
    path("messages/use/export.<sheet:format>", export, name="export"),
    path("messages/<uuid:program>/", program, name="program"),
    path("messages/<uuid:program>/close/", close_program, name="close_program"),
    path("messages/<uuid:program>/keys/new/", new_key, name="new_key"),
    path("messages/<uuid:program>/keys/<int:key_id>/end/", end_key, name="end_key"),
    path("messages/<uuid:program>/team/", add_member, name="add_member"),
    path("messages/<uuid:program>/team/<int:member_id>/", remove_member, name="remove_member"),
    path("messages/<uuid:program>/templates/new/", new_template, name="new_template"),
    path("messages/<uuid:program>/templates/<uuid:template>/", template, name="template"),
    path(
        "messages/<uuid:program>/templates/<uuid:template>/revise/",
        revise_template,
        name="revise_template",
    ),
    path(
        "messages/<uuid:program>/templates/<uuid:template>/archive/",
        archive_template,
        name="archive_template",
    ),
    path("messages/<uuid:program>/log/", log, name="log"),
]
