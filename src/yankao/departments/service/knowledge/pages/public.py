"""/faq/ – what everybody may read: by category, by agency, by words, one entry."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from yankao.base.addresses import client_address
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.knowledge import forms, queries, services
from yankao.departments.service.knowledge.rules import texts
from yankao.kernel.answers import queries as gaps
from yankao.kernel.answers import services as answers
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.faces import Guard
from yankao.kernel.doors.rules import Knocker

PAGE_SIZE = 30
LONGEST_QUERY = 100
ROBOTS = ("bot", "spider", "crawl", "slurp", "preview", "curl", "wget", "python")
"""Programs that say what they are are not counted as readers."""


@public
@require_GET
def front(request: Request) -> HttpResponse:
    """The search field, categories, agencies, what is read most."""
    return render(request, "service_knowledge/front.html", {"front": queries.front(at=request.now)})


@public
@require_GET
def category(request: Request, category: str) -> HttpResponse:
    """Entries of a category."""
    return _list(request, category=category)


@public
@require_GET
def agency(request: Request, agency_code: str) -> HttpResponse:
    """Entries of an agency."""
    return _list(request, agency=agency_code)


def _list(request: Request, **of: str) -> HttpResponse:
    name, rows = queries.listed(at=request.now, **of)
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    found = list(page.object_list)
    page.object_list = [{"it": row, "excerpt": texts.excerpt(row.answer)} for row in found]
    context = {"name": name, "page": page, "faq_json": queries.faq_json(found, whole=False), **of}
    return render(request, "service_knowledge/list.html", context)


@public
@require_GET
def search(request: Request) -> HttpResponse:
    """Entries that answer the words, best first; nothing found, one can leave the question."""
    _knock(request)
    text = _typed(request)
    found = queries.found_entries(text, at=request.now) if text else []
    context = {
        "q": text,
        "rows": [{"it": row, "excerpt": texts.excerpt(row.answer)} for row in found],
        "form": forms.GapForm(initial={"text": text}),
        "guard": Guard(request, door="service.knowledge.missing"),
    }
    return render(request, "service_knowledge/search.html", context)


@public
@require_GET
def suggest(request: Request) -> HttpResponse:
    """Some entries while one types, as a fragment."""
    _knock(request)
    text = _typed(request)
    rows = queries.found_entries(text, at=request.now, limit=queries.SUGGESTED) if text else []
    return render(request, "service_knowledge/_suggested.html", {"rows": rows, "q": text})


def _knock(request: Request) -> None:
    who = Knocker.at(client_address(request))
    doors.knock(door="service.knowledge.search", who=who, at=request.now)


def _typed(request: Request) -> str:
    return " ".join(request.GET.get("q", "").split())[:LONGEST_QUERY]


@public
@require_http_methods(["GET", "HEAD", "POST"])
def missing(request: Request) -> HttpResponseBase:
    """Leave a question that has no answer here."""
    form, guard = forms.GapForm(sent(request)[0]), Guard(request, door="service.knowledge.missing")
    if request.method == "POST" and form.is_valid():
        try:
            guard.check()
        except doors.TooManyKnocks:
            raise
        except doors.PuzzleDue:
            pass
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            with durable():
                answers.report_gap(
                    text=form.cleaned_data["text"],
                    reason=gaps.Reason.UNANSWERED,
                    at=request.now,
                )
            messages.success(request, _("謝謝，已經記下來。我們會補上答案。"))
            return redirect("service_knowledge:front")
    context = {"form": form, "guard": guard}
    status = 422 if form.is_bound else 200
    return render(request, "service_knowledge/missing.html", context, status=status)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: Request, knowledge_number: str) -> HttpResponseBase:
    """One question with its answer; "did this help" is sent here."""
    shown = queries.entry_shown(knowledge_number, at=request.now)
    if shown.moved_to:
        return redirect(shown.moved_to, permanent=False)
    form, guard = forms.HelpForm(sent(request)[0]), Guard(request, door="service.knowledge.help")
    if request.method == "POST" and form.is_valid():
        if (answer := _judge(request, shown.entry, form, guard)) is not None:
            return answer
    elif _counts(request):
        address = client_address(request)
        services.count_view(entry_id=shown.entry.pk, address=address, at=request.now)
    context = {
        "shown": shown,
        "entry": shown.entry,
        "faq_json": queries.faq_json([shown.entry], whole=True),
        "canonical": queries.address_of(shown.entry.number),
        "form": form,
        "guard": guard,
    }
    status = 422 if form.is_bound else 200
    return render(request, "service_knowledge/public_entry.html", context, status=status)


def _judge(
    request: Request, entry: Any, form: forms.HelpForm, guard: Guard
) -> HttpResponseBase | None:
    """Count it and say thanks; None when the page is to be shown once more."""
    try:
        guard.check()
    except doors.TooManyKnocks:
        raise
    except doors.PuzzleDue:
        return None
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    services.judge(
        entry=entry,
        helped=form.cleaned_data["helped"] == "yes",
        words=form.cleaned_data["words"],
        address=client_address(request),
        at=request.now,
    )
    messages.success(request, _("謝謝您告訴我們。"))
    return redirect("service_knowledge:public_entry", knowledge_number=entry.number)


def _counts(request: Request) -> bool:
    """Whether somebody seems to read: no staff, no program that says so, nothing fetched ahead."""
    agent = request.headers.get("User-Agent", "").lower()
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    is_program = not agent or any(word in agent for word in ROBOTS)
    return request.method == "GET" and request.actor.is_anonymous and not (ahead or is_program)
