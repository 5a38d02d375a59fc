"""/knowledge/<number>/ – one entry for the staff, its versions, and the editor."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yankao.base import formats
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.knowledge import forms, queries, services
from yankao.departments.service.knowledge.pages.listing import state_tag
from yankao.departments.service.knowledge.pages.moves import FACES
from yankao.departments.service.knowledge.rules import likeness, texts
from yankao.departments.service.knowledge.workflow import Move, Permission
from yankao.kernel.casework import sight
from yankao.kernel.people import queries as people

KEYS = {
    Move.PROPOSE: "p",
    Move.TAKE_BACK: "t",
    Move.APPROVE: "v",
    Move.RETURN: "b",
    Move.DISCARD: "d",
    Move.CONFIRM: "c",
    Move.WITHDRAW: "w",
    Move.RESTORE: "o",
    Move.HAND_OVER: "h",
    Move.MERGE: "m",
    Move.UNMERGE: "u",
}
DAILY = (Move.APPROVE, Move.RETURN, Move.PROPOSE, Move.TAKE_BACK, Move.CONFIRM, Move.RESTORE)


@requires(Permission.READ)
@require_GET
def detail(request: Request, knowledge_number: str) -> HttpResponse:
    """What it says, what is being written, what can be done, and all that happened."""
    return _detail(request, knowledge_number)


def _detail(request: Request, number: str, form: Any = None, status: int = 200) -> HttpResponse:
    found = queries.entry_for(request.actor, number, at=request.now)
    entry = found.entry
    actions, more = sight.actions(
        [one for one in found.moves if one.move in FACES], DAILY, lambda m: _action(found, Move(m))
    )
    if not found.may(Move.APPROVE) and not found.may(Move.PROPOSE):
        for action in actions:
            action["tone"] = "secondary"
    if found.may(Move.WRITE):
        actions.insert(0, _edit_action(number, found))
    reviewed = entry.review if found.sees_inside else None
    context = {
        "detail": found,
        "entry": entry,
        "tag": state_tag(entry, request.now),
        "paragraphs": texts.paragraphs(entry.answer),
        "draft_paragraphs": texts.paragraphs(found.text.answer) if found.text else (),
        "actions": actions,
        "more": more,
        "refused": [
            {"title": FACES[Move(one.move)].title, "reason": one.refused}
            for one in found.moves
            if one.refused is not None and one.move in FACES
        ],
        "facts": _facts(found),
        "review": reviewed,
        "alike": queries.alike(
            entry.question, entry.answer, but=entry.pk, least_pct=likeness.RELATED_PCT
        ),
        "public_path": queries.public_path(entry.number),
        "related_form": forms.RelatedForm(
            initial={"related": " ".join(entry.related.values_list("number", flat=True))}
        )
        if found.may(Move.WRITE)
        else None,
        "form": form or (forms.DealtForm() if found.remarks else None),
    }
    return render(request, "service_knowledge/entry.html", context, status=status)


def _action(found: queries.EntryDetail, move: Move) -> dict[str, Any]:
    face = FACES[move]
    read = queries.reading_of(found.text) if move is Move.APPROVE else ""
    return {
        "title": face.title,
        "tone": "warning" if move == Move.WITHDRAW else "secondary",
        "key": KEYS[move],
        "method": "get" if face.given else "post",
        "url": reverse("service_knowledge:act", args=[found.entry.number, move]),
        "name": read and "read",
        "value": read,
    }


def _edit_action(number: str, found: queries.EntryDetail) -> dict[str, Any]:
    return {
        "title": _("繼續寫草稿") if found.text else _("修改"),
        "tone": "secondary",
        "key": "e",
        "method": "get",
        "url": reverse("service_knowledge:edit", args=[number]),
    }


def _facts(found: queries.EntryDetail) -> list[dict[str, Any]]:
    entry = found.entry
    names = queries.category_names()
    rows: list[dict[str, Any]] = [
        {
            "term": _("主辦機關"),
            "value": local(entry.agency.name),
            "note": local(entry.unit.name) if entry.unit else "",
        },
        {
            "term": _("類別"),
            "value": "、".join(str(local(names[c.pk])) for c in entry.categories.all()),
        },
        {"term": _("修訂日"), "value": formats.roc_date(entry.revised_on)},
        {"term": _("有效自"), "value": entry.valid_from and formats.roc_date(entry.valid_from)},
        {"term": _("有效至"), "value": entry.valid_to and formats.roc_date(entry.valid_to)},
        {"term": _("瀏覽"), "value": formats.thousands(entry.views)},
    ]
    if entry.views_before:
        words = _("原系統另計 %(views)s 次") % {"views": formats.thousands(entry.views_before)}
        rows[-1]["note"] = words
    return [row for row in rows if row["value"]]


@requires(Permission.WRITE)
def new(request: Request) -> HttpResponseBase:
    """A new entry; near-duplicates are shown before it is saved."""
    names = queries.category_names()
    initial = {"question": request.GET.get("question", "")[: texts.LONGEST_QUESTION]}
    form = forms.TextForm(
        sent(request)[0], categories=names, agencies=_agencies(request), initial=initial
    )
    form.fields["reason"].widget = form.fields["edits"].hidden_widget()
    if request.method == "POST" and form.is_valid() and not _previews(request):
        try:
            with durable():
                agency = form.cleaned_data["agency"]
                made = services.write_entry(
                    text=form.text(),
                    agency=agency,
                    unit=request.actor.unit if agency == request.actor.agency else None,
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, made.number)
    return _editor(request, form, title=_("新增問答"), back=reverse("service_knowledge:entries"))


@requires(Permission.WRITE)
@require_GET
def similar(request: Request) -> HttpResponse:
    """What asks nearly the same, as a fragment while one types."""
    typed = request.GET.get("question", "")[: texts.LONGEST_QUESTION]
    but = request.GET.get("but", "")
    number = int(but) if but.isascii() and but.isdigit() and len(but) < 19 else None
    found = queries.alike(typed, "", but=number, least_pct=likeness.ALIKE_TYPING_PCT)
    return render(request, "service_knowledge/_alike.html", {"alike": found if typed else ()})


@requires(Permission.WRITE)
def edit(request: Request, knowledge_number: str) -> HttpResponseBase:
    """The draft beside what is published; begun from the published text, or an older version."""
    found = queries.entry_for(request.actor, knowledge_number, at=request.now)
    entry, text = found.entry, found.text
    form = forms.TextForm(
        sent(request)[0], categories=queries.category_names(), initial=_initial(request, found)
    )
    if request.method == "POST" and form.is_valid() and not _previews(request):
        try:
            with durable():
                services.save_draft(
                    number=entry.number,
                    text=form.text(),
                    edits=form.cleaned_data["edits"] or 0,
                    actor=request.actor,
                    at=request.now,
                )
        except (services.TextWrong, services.TextMoved) as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, entry.number)
    back = queries.staff_path(entry.number)
    title = _("繼續寫草稿") if text else _("修改問答")
    return _editor(request, form, title=title, back=back, found=found)


def _saved(request: Request, number: str) -> HttpResponseBase:
    """The draft is safe; asked to, it is proposed as well."""
    if request.POST.get("do") == "propose":
        with durable():
            services.propose(number=number, actor=request.actor, at=request.now)
        messages.success(request, FACES[Move.PROPOSE].done)
    else:
        messages.success(request, _("草稿已儲存，民眾還看不到。"))
    return redirect("service_knowledge:entry", knowledge_number=number)


def _previews(request: Request) -> bool:
    return request.POST.get("do") == "preview"


def _initial(request: Request, found: queries.EntryDetail) -> dict[str, Any]:
    """The draft's words, an older version's if one is asked for, else the published ones."""
    chosen: Any = found.text or found.entry
    wanted = request.GET.get("version", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        number, version = found.entry.number, int(wanted)
        chosen = queries.version_for(request.actor, number, version, at=request.now).it
    is_entry = chosen is found.entry
    names = ("question", "answer", "valid_from", "valid_to")
    return {
        **{name: getattr(chosen, name) for name in names},
        "categories": [c.pk for c in chosen.categories.all()] if is_entry else chosen.categories,
        "sources": forms.written_sources(chosen.sources),
        "reason": "" if is_entry else chosen.reason,
        "edits": found.text.edits if found.text else 0,
    }


def _editor(
    request: Request,
    form: forms.TextForm,
    *,
    title: str,
    back: str,
    found: queries.EntryDetail | None = None,
) -> HttpResponse:
    shown = _preview(form, found)
    refused = form.is_bound and form.errors
    context = {"form": form, "title": title, "back": back, "detail": found, **shown}
    return render(request, "service_knowledge/editor.html", context, status=422 if refused else 200)


def _preview(form: forms.TextForm, found: queries.EntryDetail | None) -> dict[str, Any]:
    """How it will look, and what says nearly the same already."""
    if not form.is_bound:
        return {}
    question, answer = (str(form.cleaned_data.get(name, "")) for name in ("question", "answer"))
    if not question:
        return {}
    but = found.entry.pk if found else None
    return {
        "preview_question": texts.one_line(question),
        "preview": texts.paragraphs(texts.tidy(answer)),
        "alike": queries.alike(question, answer, but=but, least_pct=likeness.ALIKE_WRITING_PCT),
    }


def _agencies(request: Request) -> list[tuple[str, str]]:
    """One's own agency first: that is whom one mostly writes for."""
    reach = request.actor.agencies_for(Permission.WRITE)
    found = [
        (one.code, one.name) for one in people.agencies() if reach is None or one.code in reach
    ]
    return sorted(found, key=lambda pair: pair[0] != request.actor.agency)


@requires(Permission.READ)
@require_GET
def version(request: Request, knowledge_number: str, version_id: int) -> HttpResponse:
    """One version as it read."""
    found = queries.entry_for(request.actor, knowledge_number, at=request.now)
    change = queries.version_for(request.actor, knowledge_number, version_id, at=request.now)
    chosen = change.it
    context = {
        "entry": found.entry,
        "change": change,
        "version": chosen,
        "paragraphs": texts.paragraphs(chosen.answer),
        "may_write": found.may(Move.WRITE),
    }
    return render(request, "service_knowledge/version.html", context)


@requires(Permission.WRITE)
@require_POST
def relate(request: Request, knowledge_number: str) -> HttpResponseBase:
    """Which entries are shown under this one."""
    with durable():
        services.relate(
            number=knowledge_number,
            to=request.POST.get("related", "").split(),
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已存相關問答。"))
    return redirect("service_knowledge:entry", knowledge_number=knowledge_number)


@requires(Permission.WRITE)
@require_POST
def dealt(request: Request, knowledge_number: str) -> HttpResponseBase:
    """What was done about readers' remarks."""
    form = forms.DealtForm(request.POST)
    if not form.is_valid():
        return _detail(request, knowledge_number, form, status=422)
    with durable():
        services.close_remarks(
            number=knowledge_number,
            words=form.cleaned_data["words"],
            actor=request.actor,
            at=request.now,
        )
    messages.success(request, _("已記下處理方式。"))
    return redirect("service_knowledge:entry", knowledge_number=knowledge_number)
