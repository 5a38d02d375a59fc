"""/dashboard/manage/: topics made by agencies, from draft to published to withdrawn."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.formats import in_english
from yankao.base.http import Request
from yankao.base.local_names import local
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.data.dashboard import forms, queries, services
from yankao.departments.data.dashboard.pages.public import of_topic
from yankao.departments.data.dashboard.queries import TopicDetail
from yankao.departments.data.dashboard.workflow import Move, Permission, Stage, State
from yankao.kernel.casework import sight
from yankao.kernel.casework.faces import Face, Moving, make
from yankao.kernel.figures import queries as measured
from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.people import queries as people

PAGE_SIZE = 30
FACES: dict[Move, Face] = {
    Move.PROPOSE: Face(
        services.propose, gettext_lazy("送核"), gettext_lazy("已送核，由另一位主管核定後公布。")
    ),
    Move.APPROVE: Face(
        services.approve,
        gettext_lazy("核定公布"),
        gettext_lazy("已公布，民眾看得到了。"),
        forms.ApproveForm,
        more=lambda form: {"read": form.cleaned_data["read"] or None},
    ),
    Move.RETURN: Face(
        services.return_text,
        gettext_lazy("退回修改"),
        gettext_lazy("已退回給撰寫的人。"),
        forms.ReturnForm,
        ("words",),
    ),
    Move.WITHDRAW: Face(
        services.withdraw,
        gettext_lazy("下架"),
        gettext_lazy("已下架，民眾看不到了。"),
        forms.ReasonForm,
        ("reason",),
    ),
}
KEYS = {Move.PROPOSE: "p", Move.APPROVE: "v", Move.RETURN: "b", Move.WITHDRAW: "w"}
STATES = {
    State.NEW: ("neutral", gettext_lazy("還沒公布")),
    State.PUBLISHED: ("ok", gettext_lazy("公布中")),
    State.WITHDRAWN: ("closed", gettext_lazy("已下架")),
}
STAGES = {
    Stage.DRAFT: ("today", gettext_lazy("草稿")),
    Stage.PROPOSED: ("today", gettext_lazy("等核定")),
    Stage.PUBLISHED: ("ok", gettext_lazy("公布中")),
    Stage.FORMER: ("closed", gettext_lazy("舊版")),
}


def _tag(found: tuple[str, Any]) -> dict[str, Any]:
    return {"tone": found[0], "word": found[1]}


@requires(Permission.INSIDE)
@require_safe
def listing(request: Request) -> HttpResponse:
    """The topics of one's agencies and of the city, the newest first."""
    page: Any = Paginator(queries.topics_for(request.actor), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    page.object_list = [_row(topic) for topic in page]
    may_write = request.actor.holds(Permission.WRITE)
    return render(request, "data_dashboard/manage.html", {"page": page, "may_write": may_write})


def _waiting(text: Any) -> dict[str, Any] | None:
    """How far a text is that is not public yet."""
    waits = text is not None and text.stage in (Stage.DRAFT, Stage.PROPOSED)
    return _tag(STAGES[Stage(text.stage)]) if waits else None


def _row(topic: Any) -> dict[str, Any]:
    text = topic.texts_now[0] if topic.texts_now else None
    return {
        "topic": topic,
        "text": text,
        "title": text and ((text.title_en if in_english() else "") or text.title),
        "state": _tag(STATES[State(topic.state)]),
        "stage": _waiting(text),
    }


@requires(Permission.INSIDE)
@require_safe
def detail(request: Request, topic_code: str) -> HttpResponse:
    """What is shown, what is being written as it will look, what can be done, what happened."""
    found = queries.topic_for(request.actor, topic_code)
    shown = found.text or found.published or found.versions[0]
    actions, more = sight.actions(
        [one for one in found.moves if one.move in FACES],
        (Move.APPROVE, Move.RETURN, Move.PROPOSE),
        lambda move: _action(found, Move(move)),
    )
    if found.may(Move.WRITE):
        edit = reverse("data_dashboard:edit", args=[topic_code])
        words = _("繼續寫草稿") if found.text else _("修改")
        actions.append(
            {"title": words, "tone": "secondary", "key": "e", "method": "get", "url": edit}
        )
    context = {
        "detail": found,
        "shown": shown,
        "state": _tag(STATES[State(found.topic.state)]),
        "stage": _waiting(found.text),
        "versions": [(one, _tag(STAGES[Stage(one.stage)])) for one in found.versions],
        "actions": actions,
        "more": more,
        "refused": [
            {"title": FACES[Move(one.move)].title, "reason": one.refused}
            for one in found.moves
            if one.refused is not None and one.move in FACES
        ],
        **_preview(shown, request),
    }
    return render(request, "data_dashboard/managed.html", context)


def _action(found: TopicDetail, move: Move) -> dict[str, Any]:
    read = queries.reading_of(found.text) if move is Move.APPROVE and found.text else ""
    return {
        "title": FACES[move].title,
        "tone": "warning" if move is Move.WITHDRAW else "secondary",
        "key": KEYS[move],
        "method": "get" if FACES[move].given else "post",
        "url": reverse("data_dashboard:act", args=[found.topic.number, move]),
        "name": read and "read",
        "value": read,
    }


def _preview(text: Any, request: Request) -> dict[str, Any]:
    """The text as everybody would see it this month."""
    topic, period = queries.shown(text), period_at(Grain.MONTH, request.now)
    return {"topic": topic, "period": period, **of_topic(topic, period, request.now)}


@requires(Permission.INSIDE)
@require_safe
def version(request: Request, topic_code: str, version_id: int) -> HttpResponse:
    """What a version showed, with the numbers of now."""
    found = queries.topic_for(request.actor, topic_code)
    text = next((one for one in found.versions if one.pk == version_id), None)
    if text is None:
        raise queries.not_visible()
    context = {"detail": found, "shown": text, **_preview(text, request)}
    return render(request, "data_dashboard/version.html", context)


@requires(Permission.WRITE)
def new(request: Request) -> HttpResponseBase:
    """A new topic, as a draft."""
    form = _form(request, agencies=_agencies(request), initial={"agency": request.actor.agency})
    form.fields["reason"].widget = form.fields["edits"].hidden_widget()
    if request.method == "POST" and form.is_valid() and not _previews(request):
        try:
            with durable():
                made = services.write_topic(
                    content=form.content(),
                    agency=form.cleaned_data["agency"],
                    actor=request.actor,
                    at=request.now,
                )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, made.number)
    return _editor(request, form, title=_("製作主題"), back=reverse("data_dashboard:manage"))


@requires(Permission.WRITE)
def edit(request: Request, topic_code: str) -> HttpResponseBase:
    """The draft beside what is published, begun from the published text."""
    found = queries.topic_for(request.actor, topic_code)
    form = _form(request, initial=_initial(found))
    if request.method == "POST" and form.is_valid() and not _previews(request):
        try:
            with durable():
                services.save_draft(
                    number=topic_code,
                    content=form.content(),
                    edits=form.cleaned_data["edits"] or 0,
                    actor=request.actor,
                    at=request.now,
                )
        except (services.ContentWrong, services.ContentMoved) as refusal:
            show_refusal(form, refusal)
        else:
            return _saved(request, topic_code)
    return _editor(
        request, form, title=_("修改主題"), back=queries.manage_path(topic_code), found=found
    )


def _form(request: Request, **more: Any) -> forms.ContentForm:
    return forms.ContentForm(
        sent(request)[0],
        classes={code: str(local(name)) for code, name in queries.class_names().items()},
        maps=[(figure.name, str(figure.title)) for figure in queries.mappable()],
        **more,
    )


def _initial(found: TopicDetail) -> dict[str, Any]:
    text = found.text or found.published or found.versions[0]
    names = ("title", "title_en", "note", "note_en", "chart", "comparison", "map_figure")
    target = ("target_figure", "target_value", "target_source")
    return {
        **{name: getattr(text, name) for name in (*names, *target)},
        **{f"figure_{place}": name for place, name in enumerate(text.figures, start=1)},
        "topic_class": text.topic_class_id,
        "reason": found.text.reason if found.text else "",
        "edits": found.text.edits if found.text else 0,
    }


def _agencies(request: Request) -> list[tuple[str, str]]:
    """One's own agency first: that is whom one mostly writes for."""
    reach = request.actor.agencies_for(Permission.WRITE)
    found = [
        (one.code, str(local(one.name)))
        for one in people.agencies()
        if reach is None or one.code in reach
    ]
    return sorted(found, key=lambda pair: pair[0] != request.actor.agency)


def _previews(request: Request) -> bool:
    return request.POST.get("do") == "preview"


def _saved(request: Request, number: str) -> HttpResponseBase:
    """The draft is safe; asked to, it is proposed as well."""
    if request.POST.get("do") == "propose":
        with durable():
            services.propose(number=number, actor=request.actor, at=request.now)
        messages.success(request, FACES[Move.PROPOSE].done)
    else:
        messages.success(request, _("草稿已儲存，民眾還看不到。"))
    return redirect("data_dashboard:managed", topic_code=number)


def _editor(
    request: Request,
    form: forms.ContentForm,
    *,
    title: str,
    back: str,
    found: TopicDetail | None = None,
) -> HttpResponse:
    preview = None
    if form.is_bound and not form.errors and _previews(request):
        try:
            preview = services.checked_content(form.content())
        except Refused as refusal:
            show_refusal(form, refusal)
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "back": back,
        "detail": found,
        "figure_list": forms.FIGURE_LIST,
        "figures_known": [(f.name, f.title, f.unit) for f in measured.figures()],
    }
    if preview is not None:
        context |= {"is_preview": True, **_preview(queries.unsaved(preview, found), request)}
    refused = form.is_bound and form.errors
    return render(request, "data_dashboard/editor.html", context, status=422 if refused else 200)


@requires(Permission.INSIDE)
def act(request: Request, topic_code: str, move: str) -> HttpResponse:
    """The form of a move, or the move itself."""
    if move not in FACES:
        raise Http404
    found = queries.topic_for(request.actor, topic_code)
    back = queries.manage_path(topic_code)
    text = found.text or found.published or found.versions[0]
    choices: dict[str, Any] = {}
    if move == Move.APPROVE and found.text:
        choices = {"initial": {"read": queries.reading_of(found.text)}}
    page = Moving(
        number=topic_code,
        title=text.title,
        back=back,
        back_words=_("不做了，回這個主題"),
        choices=choices,
        where_next=lambda: back,
    )
    return make(request, FACES[Move(move)], page)
