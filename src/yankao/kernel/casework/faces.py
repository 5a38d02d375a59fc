"""Faces every kind of case has: moves with their forms, and the list with its views and orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yankao.base import exports, live
from yankao.base.actors import Actor
from yankao.base.errors import Refused
from yankao.base.fields import sent, show_refusal
from yankao.base.http import Request
from yankao.base.narrowing import Choices, FoldingForm
from yankao.base.transactions import durable
from yankao.kernel.calendar.rules import Unit
from yankao.kernel.files import services as files
from yankao.kernel.files.rules import PHOTO, Limits
from yankao.kernel.people import queries as people
from yankao.kernel.people.permissions import SHARE_VIEWS

Form = forms.Form
BACK_TO_CASE = _("不做了，回案件")
_UNITS = {
    Unit.HOURS: _("小時"),
    Unit.WORKING_DAYS: _("個工作天"),
    Unit.CALENDAR_DAYS: _("天"),
    Unit.MONTHS: _("個月"),
}


def unit_of(handling: Any) -> Any:
    """What the obligation's term is counted in, for a label: 小時, 個工作天."""
    return _UNITS.get(Unit(handling.term_unit), "") if handling is not None else ""


@dataclass(frozen=True, slots=True)
class Face:
    """How a move looks: its form, the service behind it, and what is said afterwards.

    ``given`` names the form's fields that the service takes under the same name; ``more`` makes
    others of them. Without a form of its own (``Form``) the move is one button.
    """

    act: Callable[..., object]
    title: Any
    done: Any
    form: type[Form] = Form
    given: tuple[str, ...] = ()
    more: Callable[[Any], dict[str, Any]] = field(default=lambda form: {})


@dataclass(frozen=True, slots=True)
class Moving:
    """The page of a move: of which case, what its form offers, where it leads.

    ``about`` is what was asked for and is decided here, if anything. ``uploads`` are the form's
    fields of files.
    """

    number: str
    title: str
    back: str
    choices: Mapping[str, Any]
    where_next: Callable[[], str]
    about: str = ""
    uploads: Sequence[str] = ("before_photos", "photos")
    limits: Limits = PHOTO
    back_words: Any = BACK_TO_CASE


def make(request: Request, face: Face, page: Moving) -> HttpResponse:
    """GET shows the move's form, POST makes the move; a refusal stays beside what was typed."""
    form = face.form(*sent(request), **page.choices)
    if request.method == "POST" and (form.is_valid() or face.form is Form):
        try:
            _act(request, form, face, page)
        except Refused as refusal:
            if refusal.field not in form.fields:
                raise
            show_refusal(form, refusal)
        else:
            messages.success(request, face.done)
            return redirect(page.where_next())
    context = {"form": form, "page": page, "title": face.title}
    code = 422 if request.method == "POST" else 200
    return render(request, "layouts/move.html", context, status=code)


def _act(request: Request, form: Form, face: Face, page: Moving) -> None:
    cleaned = getattr(form, "cleaned_data", {})
    _keep_files(form, cleaned, page)
    given = {name: cleaned[name] for name in face.given}
    with durable():
        face.act(
            number=page.number, actor=request.actor, at=request.now, **given, **face.more(form)
        )


def _keep_files(form: Form, cleaned: dict[str, Any], page: Moving) -> None:
    """Files are kept before the transaction; unused ones are swept later."""
    for name in page.uploads:
        if name in form.fields:
            cleaned[name] = keep_all(cleaned[name], limits=page.limits)


def keep_all(uploads: Sequence[Any], *, limits: Limits = PHOTO) -> list[files.Kept]:
    """Keep what was sent. Raises FileRefused, TooManyFiles, TooLarge."""
    kept = [files.keep(content=one, name=one.name, limits=limits) for one in uploads]
    files.check_together(kept, limits)
    return kept


Ready = Sequence[tuple[Any, dict[str, str], str]]
"""Views everybody has: title, filters, tone of the counter."""


@dataclass(frozen=True, slots=True)
class ListFace:
    """The list of one kind of case: addresses, views, columns with their two orders.

    ``ready_forms`` are those of ``ready``; ``count`` counts views, given as the queries understand
    them.
    """

    name: str
    url_name: str
    sheet_url_name: str
    counts_url_name: str
    ready: Ready
    ready_forms: Callable[[], Sequence[Any]]
    sorted_by: Mapping[str, tuple[str, str]]
    count: Callable[..., Sequence[int | None]]

    def around(self, request: Request, form: Any, url_name: str = "") -> dict[str, Any]:
        """Form, views, chips, downloads, and where news is asked for."""
        query, address = form.query(), reverse(url_name or self.url_name)
        actor = request.actor
        at = (url_name or self.url_name).partition(":")[2]
        poll = {**query, "since": int(request.now.timestamp()), "at": at}
        return {
            "form": form,
            "query": urlencode(query),
            "list_name": self.name,
            "may_share": actor.agency is not None and actor.holds(SHARE_VIEWS, actor.agency),
            "tabs": self.tabs(request, form, address),
            "poll_url": f"{reverse(self.counts_url_name)}?{urlencode(poll)}",
            "chips": form.chips(address),
            "clear_url": address,
            "downloads": exports.downloads(self.sheet_url_name, query),
        }

    def tabs(self, request: Request, form: FoldingForm, address: str) -> list[dict[str, Any]]:
        """Ready-made views, one's own, and those shared with one's agency; all counted at once."""
        saved = people.views_for(request.actor, self.name)
        views = [(title, query, tone, "") for title, query, tone in self.ready]
        views += [(view.title, view.query, "", view.owner) for view in saved]
        read = [*self.ready_forms(), *(form.another(view.query) for view in saved)]
        numbers = self.count(request.actor, [one.wanted() for one in read], at=request.now)
        now_at = form.query()
        return [
            {
                "title": title,
                "owner": owner,
                "url": f"{address}?{urlencode(one.query())}",
                "count": number,
                "current": _without_order(one.query()) == _without_order(now_at),
                "tone": tone if number else "",
            }
            for (title, _query, tone, owner), one, number in zip(views, read, numbers, strict=True)
        ]

    def news(
        self, request: Request, form: Any, *, since: Callable[[datetime], int], url_name: str = ""
    ) -> HttpResponse:
        """The tabs with fresh counters and how many came in since, asked for every minute."""
        began_at = instant(request.GET.get("since", ""))
        address = reverse(url_name or self.url_name)
        context = {
            "tabs": self.tabs(request, form, address),
            "poll_url": request.get_full_path(),
            "news": began_at and since(began_at),
            "reload_url": f"{address}?{urlencode(form.query())}",
        }
        return live.answer(request, render(request, "ui/list_tabs.html", context))

    def sorts(self, form: FoldingForm) -> dict[str, dict[str, str]]:
        """For each sortable column: where its heading leads and how it is sorted now."""
        query, address = form.query(), reverse(self.url_name)
        current = query.get("order", "-received_at")
        return {column: self._sort(column, current, query, address) for column in self.sorted_by}

    def _sort(
        self, column: str, current: str, query: Mapping[str, str], address: str
    ) -> dict[str, str]:
        up, down = self.sorted_by[column]
        other = down if current == up else up
        return {
            "url": f"{address}?{urlencode({**query, 'order': other})}",
            "direction": {up: "ascending", down: "descending"}.get(current, "none"),
        }


def agency_choices(actor: Actor, permission: str) -> list[tuple[str, str]]:
    """The agencies a list can be narrowed to; none when there is nothing to choose."""
    mine = actor.agencies_for(permission)
    if mine is not None and len(mine) < 2:
        return []
    return [(a.code, a.name) for a in people.agencies() if mine is None or a.code in mine]


def ready_forms(form: Callable[..., FoldingForm], ready: Ready, choices: Choices) -> list[Any]:
    """The forms of the views everybody has, read once; none asks what differs by reader."""
    found = [form(query, choices=choices) for _title, query, _tone in ready]
    assert all(one.is_valid() for one in found), "read before they are shared"
    return found


def _without_order(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name != "order"}


def instant(text: str) -> datetime | None:
    """Seconds since 1970 as an instant; None when they are none, or long past."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    return datetime.fromtimestamp(int(text), UTC)
