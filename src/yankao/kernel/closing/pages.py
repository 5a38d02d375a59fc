"""/closing/ – months that are closed, what is unfinished, what changed since, definitions."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from yankao.base.errors import NotVisible, Refused
from yankao.base.fields import show_refusal
from yankao.base.http import Request
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.kernel.closing import queries, services
from yankao.kernel.closing.alone import alone
from yankao.kernel.closing.forms import ApproveForm, CloseForm, ProposeForm, ReasonForm
from yankao.kernel.closing.permissions import CLOSE, LOOK, UNFINISHED, may_decide, may_withdraw
from yankao.kernel.figures import services as definitions
from yankao.kernel.figures.permissions import APPROVE
from yankao.kernel.figures.rules import Grain, Period, period_at

app_name = "kernel_closing"
Act = Callable[[Request, Period, Mapping[str, Any]], object]


@requires(LOOK)
@require_GET
def months(request: Request) -> HttpResponse:
    """The last two years of months: closed or not, by whom, how much, what changed since."""
    rows = queries.months(at=request.now)
    waiting = queries.waiting_count()
    context = {"rows": rows, "definitions": waiting, "may_close": request.actor.holds(CLOSE)}
    return render(request, "kernel_closing/months.html", context)


@requires(UNFINISHED)
@require_GET
def unfinished(request: Request) -> HttpResponse:
    """What the actor's agencies have not finished of the month that ended last."""
    period = period_at(Grain.MONTH, request.now).previous
    is_closed = queries.is_closed(period)
    found = [] if is_closed else queries.unfinished_for(request.actor, period)
    context = {"period": period, "is_closed": is_closed, "debtors": queries.by_debtor(found)}
    return render(request, "kernel_closing/unfinished.html", context)


@requires(LOOK)
@require_GET
def month(request: Request, closed_month: str) -> HttpResponse:
    """One month: its check list before, its files, changes and restatements after."""
    return _month(request, queries.month_named(closed_month), {})


def _month(request: Request, period: Period, bound: Mapping[str, Form]) -> HttpResponse:
    closing = queries.closing_or_none(period)
    restatements = queries.restatements_of(closing) if closing else []
    waiting = next((r for r in restatements if r.state == r.State.PROPOSED), None)
    attempt = None if closing else queries.attempt_at(period)
    context = {
        "period": period,
        "closing": closing,
        "is_over": not period.is_open(request.now),
        "attempt": attempt,
        "failure": queries.failure_words(attempt) if attempt else "",
        "under_way": attempt is not None and attempt.is_under_way(request.now),
        "debtors": []
        if closing
        else queries.by_debtor(queries.unfinished_for(request.actor, period)),
        "noted": queries.by_debtor(queries.noted_of(closing)) if closing else [],
        "facts": queries.facts_of(closing) if closing else [],
        "pending": queries.pending_of(closing) if closing else [],
        "restatements": [queries.told(one) for one in restatements],
        "waiting": waiting,
        "may_close": request.actor.holds(CLOSE),
        "may_decide": waiting is not None and may_decide(request.actor, waiting),
        "may_withdraw": waiting is not None and may_withdraw(request.actor, waiting),
        "close_form": bound.get("close") or CloseForm(auto_id="close_%s"),
        "propose_form": bound.get("propose") or ProposeForm(auto_id="propose_%s"),
        "approve_form": bound.get("approve") or ApproveForm(auto_id="approve_%s"),
        "reject_form": bound.get("reject") or ReasonForm(auto_id="reject_%s"),
        "bad": next(iter(bound.values()), None),
    }
    status = 422 if bound else 200
    return render(request, "kernel_closing/month.html", context, status=status)


def _close(request: Request, period: Period, given: Mapping[str, Any]) -> None:
    with durable():
        services.ask_to_close(
            month=period, note=given["note"], has_seen=given["seen"],
            actor=request.actor, at=request.now,
        )  # fmt: skip


def _look(request: Request, period: Period, given: Mapping[str, Any]) -> None:
    with alone():
        services.look_again(month=period, at=request.now)


def _propose(request: Request, period: Period, given: Mapping[str, Any]) -> None:
    with alone():
        services.propose_restatement(
            month=period, reason=given["reason"], actor=request.actor, at=request.now
        )


def _approve(request: Request, period: Period, given: Mapping[str, Any]) -> None:
    with alone():
        services.approve_restatement(
            restatement_id=queries.waiting_of(period), reason=given["reason"],
            actor=request.actor, at=request.now,
        )  # fmt: skip


def _reject(request: Request, period: Period, given: Mapping[str, Any]) -> None:
    with alone():
        services.reject_restatement(
            restatement_id=queries.waiting_of(period), reason=given["reason"],
            actor=request.actor, at=request.now,
        )  # fmt: skip


def _withdraw(request: Request, period: Period, given: Mapping[str, Any]) -> None:
    with alone():
        services.withdraw_restatement(
            restatement_id=queries.waiting_of(period), actor=request.actor, at=request.now
        )


ACTS: dict[str, tuple[type[Form], Act, Any]] = {
    "close": (CloseForm, _close, gettext_lazy("已開始結帳，完成後這一頁會自己更新。")),
    "look": (CloseForm, _look, gettext_lazy("已檢查結帳後的變動。")),
    "propose": (ProposeForm, _propose, gettext_lazy("已提出更正，等另一位同仁核定。")),
    "approve": (
        ApproveForm,
        _approve,
        gettext_lazy("已核定，新的數字現在起生效；原來的數字仍看得到。"),
    ),
    "reject": (ReasonForm, _reject, gettext_lazy("已退回，數字維持不變。")),
    "withdraw": (CloseForm, _withdraw, gettext_lazy("已撤回更正，數字維持不變。")),
}


@requires(CLOSE)
@require_POST
def act(request: Request, closed_month: str, closing_verb: str) -> HttpResponseBase:
    """Close, look what changed, propose, approve or reject."""
    verb = closing_verb
    if verb not in ACTS:
        raise NotVisible("closing.no_such_page", _("沒有這一頁。"))
    period = queries.month_named(closed_month)
    form_of, done, words = ACTS[verb]
    form = form_of(request.POST, auto_id=f"{verb}_%s")
    if not form.is_valid():
        return _month(request, period, {verb: form})
    try:
        done(request, period, form.cleaned_data)
    except Refused as refusal:
        show_refusal(form, refusal)
        return _month(request, period, {verb: form})
    messages.success(request, words)
    return redirect("kernel_closing:month", period.code)


@requires(LOOK)
@require_GET
def partition(request: Request, closed_month: str, fact: str) -> HttpResponseBase:
    """A partition in force, as the file that was written."""
    name, file = queries.partition_file(queries.month_named(closed_month), fact)
    return FileResponse(
        file, as_attachment=True, filename=name, content_type="application/vnd.apache.parquet"
    )


@requires(LOOK)
@require_GET
def definition_list(request: Request) -> HttpResponse:
    """Definitions that wait for approval beside those in force."""
    rows = queries.waiting_definitions()
    context = {"rows": rows, "may_approve": request.actor.holds(APPROVE)}
    return render(request, "kernel_closing/definitions.html", context)


@requires(APPROVE)
@require_POST
def approve_definition(request: Request, definition_id: int) -> HttpResponseBase:
    """A definition is in force from the next closing on."""
    with durable():
        found = definitions.approve_definition(
            definition_id=definition_id, reason=request.POST.get("reason", "")[:500],
            actor=request.actor, at=request.now,
        )  # fmt: skip
    messages.success(
        request, _("已核定 %(figure)s。下一次結帳起用新的定義。") % {"figure": found.figure}
    )
    return redirect("kernel_closing:definitions")


urlpatterns = [
    path("closing/", months, name="months"),
    path("closing/unfinished/", unfinished, name="unfinished"),
    path("closing/definitions/", definition_list, name="definitions"),
    path("closing/definitions/<int:definition_id>/approve/", approve_definition, name="approve"),
    path("closing/<str:closed_month>/", month, name="month"),
    path("closing/<str:closed_month>/files/<str:fact>.parquet", partition, name="partition"),
    path("closing/<str:closed_month>/<str:closing_verb>/", act, name="act"),
]
