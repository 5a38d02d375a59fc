"""/replies/templates/ – texts to begin with: the city's, and the agency's own with its versions."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yankao.base.errors import Refused
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.subjects import Subject
from yankao.base.transactions import durable
from yankao.kernel.people import queries as people
from yankao.kernel.replies import queries, rules, services
from yankao.kernel.replies.declarations import (
    kinds_of_subjects,
    placeholders_of,
    reply_subject,
)
from yankao.kernel.replies.forms import NewTemplateForm, TemplatesForm, TemplateWordsForm
from yankao.kernel.replies.permissions import ARRANGE, READ
from yankao.kernel.replies.queries import Filled, TemplateVersionView, TemplateView

PAGE_SIZE = 50


@requires(READ)
@require_GET
def templates(request: Request) -> HttpResponse:
    """What can be used at the actor's agencies."""
    form = TemplatesForm(request.GET)
    rows = queries.templates_to_arrange(request.actor, **form.query())
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [_row(view) for view in queries.template_views(request.actor, page)]
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(request.path),
        "clear_url": request.path,
        "kinds": kinds_of_subjects() if request.actor.holds(ARRANGE) else {},
    }
    return render(request, "kernel_replies/templates.html", context)


@requires(READ)
@require_GET
def template(request: Request, reply_template_id: int) -> HttpResponse:
    """One template, its former versions, and how it reads for a subject."""
    view = queries.template_for(request.actor, reply_template_id)
    versions = queries.template_versions(request.actor, reply_template_id)
    context = {
        "template": view,
        "row": _row(view),
        "changes": _changes(versions),
        "preview": _preview(request, view) or _sample(view),
        "subject": request.GET.get("subject", ""),
    }
    return render(request, "kernel_replies/template.html", context)


@requires(ARRANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponseBase:
    """A template of the agency's own, for one kind of record."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds_of_subjects() else ""
    typed = request.POST if request.method == "POST" else None
    form = NewTemplateForm(typed, kind=kind, agencies=_agencies(request), auto_id="template-%s")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        names = ("agency", "item", "stage", "title", "subject", "body")
        try:
            with durable():
                made = services.add_template(
                    kind=kind,
                    **{name: given[name] for name in names},
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, _("已新增範本。"))
            return redirect("kernel_replies:template", reply_template_id=made.pk)
    return _form_page(request, form, kind, _("新增回復範本"), reverse("kernel_replies:templates"))


@requires(ARRANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, reply_template_id: int) -> HttpResponseBase:
    """New words; the former ones stay as a version."""
    view = queries.template_for(request.actor, reply_template_id)
    stored = {name: getattr(view, name) for name in ("version", "title", "subject", "body")}
    typed = request.POST if request.method == "POST" else None
    form = TemplateWordsForm(typed, initial=stored, auto_id="template-%s")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with durable():
                services.change_template(
                    template_id=reply_template_id,
                    **{**given, "version": given["version"] or 0},
                    actor=request.actor,
                    at=request.now,
                )
        except services.TemplateUnusable as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("已存成新的版次。"))
            return redirect("kernel_replies:template", reply_template_id=reply_template_id)
    back = reverse("kernel_replies:template", args=[reply_template_id])
    return _form_page(request, form, view.kind, _("修改回復範本"), back)


@requires(ARRANGE)
@require_POST
def retire(request: Request, reply_template_id: int) -> HttpResponseBase:
    """Offer it no more."""
    with durable():
        services.retire_template(template_id=reply_template_id, actor=request.actor, at=request.now)
    messages.success(request, _("已停用範本。"))
    return redirect("kernel_replies:template", reply_template_id=reply_template_id)


def _form_page(
    request: Request, form: TemplateWordsForm, kind: str, title: str, back: str
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "back": back,
        "placeholders": placeholders_of(kind).items(),
        "kinds": [
            {"kind": code, "title": words, "current": code == kind}
            for code, words in kinds_of_subjects().items()
        ]
        if isinstance(form, NewTemplateForm)
        else (),
    }
    status = 422 if form.is_bound else 200
    return render(request, "kernel_replies/template_form.html", context, status=status)


def _agencies(request: Request) -> dict[str, str]:
    reach = request.actor.agencies_for(ARRANGE)
    return {
        agency.code: agency.name
        for agency in people.agencies()
        if reach is None or agency.code in reach
    }


def _row(view: TemplateView) -> dict[str, Any]:
    offer = reply_subject(view.kind)
    items, stages = (offer.reply_items(), offer.reply_stages) if offer else ({}, {})
    return {
        "it": view,
        "url": reverse("kernel_replies:template", args=[view.id]),
        "kind": kinds_of_subjects().get(view.kind, view.kind),
        "item": items.get(view.item, view.item),
        "stage": stages.get(view.stage, view.stage),
    }


def _changes(versions: Sequence[TemplateVersionView]) -> list[dict[str, Any]]:
    """Each version with what it changed; the first changed nothing."""
    changes = [
        {"it": newer, "pieces": rules.pieces(older.body, newer.body)}
        for newer, older in pairwise(versions)
    ]
    return [*changes, {"it": versions[-1], "pieces": ()}] if versions else []


def _preview(request: Request, view: TemplateView) -> Filled | None:
    """With the values of the subject named in the address, if the actor may answer it."""
    kind, number, agency = (request.GET.get(name, "") for name in ("kind", "subject", "agency"))
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        subject = Subject(kind, int(number))
        return queries.filled_template(request.actor, view.id, subject, agency, at=request.now)
    except queries.TemplateUnknown:
        return None


def _sample(view: TemplateView) -> Filled:
    """With the names of its blanks in brackets."""
    values = {name: f"〔{words}〕" for name, words in placeholders_of(view.kind).items()}
    line, body = rules.filled(view.subject, values), rules.filled(view.body, values)
    return Filled(view.version_id, view.title, line, body, ())
