"""Asking, as a page of its own and in the panel that stands on every public page."""

import secrets

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yankao.base.addresses import client_address
from yankao.base.http import Request
from yankao.base.routes import public
from yankao.base.transactions import durable
from yankao.departments.service.bot import queries, services
from yankao.departments.service.bot.forms import QuestionForm
from yankao.departments.service.bot.workflow import Channel
from yankao.kernel.casework import drafts
from yankao.kernel.doors import services as doors
from yankao.kernel.doors.rules import Knocker

DOOR, GAPS = "service.bot.ask", "service.bot.gaps"
_KEY = "bot_conversation"


@public
def ask(request: Request) -> HttpResponse:
    """``/ask/``: the conversation so far, and the next question."""
    form = QuestionForm(request.POST or None, initial={"q": request.GET.get("q", "")[:200]})
    if request.method == "POST" and form.is_valid():
        turn_id = _asked(request, form.cleaned_data["q"])
        _word(request, turn_id)
        if request.htmx:
            turn = queries.turn_for(_key(request), turn_id, at=request.now)
            return render(request, "service_bot/_turn.html", {"turn": turn, "is_new": True})
        return redirect(f"{reverse('service_bot:ask')}#turn-{turn_id}")
    if request.htmx and request.method == "POST":
        return render(request, "service_bot/_error.html", {"form": form})
    return render(request, "service_bot/ask.html", _context(request, form))


@public
def panel(request: Request) -> HttpResponse:
    """The same without the page around it, for the panel."""
    return render(request, "service_bot/_chat.html", _context(request, QuestionForm()))


@public
@require_POST
def judge(request: Request, turn_id: int) -> HttpResponse:
    """Whether an answer helped."""
    _knock(request)
    keeps_gap = _keeps_gap(request)
    with durable():
        services.judge_answer(
            key=_key(request),
            turn_id=turn_id,
            is_helpful=request.POST.get("helpful") == "yes",
            at=request.now,
            keeps_gap=keeps_gap,
        )
    if request.htmx:
        turn = queries.turn_for(_key(request), turn_id, at=request.now)
        return render(request, "service_bot/_judge.html", {"turn": turn})
    return redirect(f"{reverse('service_bot:ask')}#turn-{turn_id}")


def _context(request: Request, form: QuestionForm) -> dict[str, object]:
    return {"form": form, "turns": queries.turns_of(_key(request), at=request.now)}


def _asked(request: Request, question: str) -> int:
    _knock(request)
    keeps_gap = _keeps_gap(request)
    if _KEY not in request.session:
        request.session[_KEY] = secrets.token_urlsafe(24)
    with durable():
        turn = services.ask_question(
            key=_key(request),
            channel=Channel.WEB,
            question=question,
            at=request.now,
            keeps_gap=keeps_gap,
        )
    drafts.keep_said(request, turn.question)
    return turn.pk


def _word(request: Request, turn_id: int) -> None:
    """After the transaction: a model may take seconds."""
    if not services.words_answers():
        return
    turn = queries.turn_for(_key(request), turn_id, at=request.now)
    if turn is not None:
        services.word_answer(turn=turn, at=request.now)


def _key(request: Request) -> str:
    return str(request.session.get(_KEY, ""))


def _knock(request: Request) -> None:
    doors.knock(door=DOOR, who=Knocker.at(client_address(request)), at=request.now)


def _keeps_gap(request: Request) -> bool:
    """Whoever asks very much is answered, but fills no list of the staff."""
    try:
        doors.knock(door=GAPS, who=Knocker.at(client_address(request)), at=request.now)
    except doors.TooManyKnocks:
        return False
    return True
