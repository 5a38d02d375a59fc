"""One move on many cases of one kind: chosen on the list, asked what is missing, made one by one.

Each case is asked for by itself, with all checks of its system; also printed and taken out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base import exports
from yankao.base.actors import Actor
from yankao.base.bulk import MOST, Outcome, chosen, run_each
from yankao.base.http import Request
from yankao.base.workflows import Workflow
from yankao.kernel.casework.faces import Face

__all__ = ["MOST", "BulkFace"]


@dataclass(frozen=True, slots=True)
class BulkFace:
    """What can be done to many cases of a kind.

    ``keys``: move → its key, the same as on a case's own page. ``forms`` and ``special`` replace a
    move's own form and the way it is run; ``choices`` are what its form offers.
    """

    faces: Mapping[str, Face]
    keys: Mapping[str, str]
    workflow: Workflow
    url_name: str
    list_url_name: str
    case_url_name: str
    print_template: str
    held_of: Callable[[Actor, Sequence[str]], Sequence[Any]]
    sheet: Callable[[Request, Sequence[str], str], HttpResponseBase]
    choices: Callable[[Request, str, Sequence[Any]], dict[str, Any]]
    words: Callable[[Any], str]
    forms: Mapping[str, Any] = field(default_factory=dict)
    special: Mapping[str, Callable[[Request, Sequence[str], Any], Outcome]] = field(
        default_factory=dict
    )

    def buttons(self, actor: Actor) -> list[dict[str, Any]]:
        """The moves whose permission the actor holds anywhere; each case is asked by itself."""
        edges = self.workflow.edges
        return [
            {"name": move, "title": self.faces[move].title, "key": key}
            for move, key in self.keys.items()
            if any(actor.holds(edge.permission) for edge in edges if edge.move == move)
        ]

    def answer(self, request: Request) -> HttpResponseBase:
        """Print, take out or move the chosen; what a move still needs is asked for first.

        Raises NothingChosen, TooManyChosen.
        """
        numbers = chosen(request.POST.getlist("number"))
        do = request.POST.get("do", "")
        cases = self.held_of(request.actor, numbers)
        if do in exports.FORMATS:
            return self.sheet(request, [case.number for case in cases], do)
        if do == "print":
            return render(request, self.print_template, {"cases": cases})
        if do not in self.keys:
            raise Http404
        form = self._form(request, do, cases)
        if not form.fields or form.is_valid():
            return self._told(request, do, self._run(request, do, numbers, form))
        context = {
            "form": form,
            "move": do,
            "title": self.faces[do].title,
            "cases": [{**self._link(case.number), "words": self.words(case)} for case in cases],
            "numbers": numbers,
            "back": request.POST.get("back", ""),
            "back_url": self._back(request),
            "url": reverse(self.url_name),
        }
        code = 422 if form.is_bound else 200
        return render(request, "layouts/bulk.html", context, status=code)

    def _form(self, request: Request, move: str, cases: Sequence[Any]) -> Any:
        """Bound once its own page was sent, which says ``confirmed``."""
        shape = self.forms.get(move, self.faces[move].form)
        sent = request.POST if "confirmed" in request.POST else None
        return shape(sent, **self.choices(request, move, cases))

    def _run(self, request: Request, move: str, numbers: Sequence[str], form: Any) -> Outcome:
        if move in self.special:
            return self.special[move](request, numbers, form)
        face = self.faces[move]
        given = {name: form.cleaned_data[name] for name in face.given} | face.more(form)
        return run_each(
            numbers,
            lambda number: face.act(number=number, actor=request.actor, at=request.now, **given),
        )

    def _told(self, request: Request, move: str, outcome: Outcome) -> HttpResponseBase:
        """Back to the list with a word when all was done, else which were not, and why."""
        title = self.faces[move].title
        if not outcome.refused:
            words = _("「%(move)s」完成 %(n)s 件。") % {"move": title, "n": len(outcome.done)}
            messages.success(request, words)
            return redirect(self._back(request))
        context = {
            "title": title,
            "outcome": outcome,
            "done": [self._link(number) for number in outcome.done],
            "refused": [(self._link(number), reason) for number, reason in outcome.refused],
            "back": self._back(request),
        }
        return render(request, "ui/bulk_result.html", context)

    def _link(self, number: str) -> dict[str, str]:
        return {"title": number, "url": reverse(self.case_url_name, args=[number])}

    def _back(self, request: Request) -> str:
        """The list as it was; only its query string is taken from what was sent."""
        query = QueryDict(request.POST.get("back", "")[:4000]).urlencode()
        return f"{reverse(self.list_url_name)}?{query}"
