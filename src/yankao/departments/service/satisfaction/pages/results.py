"""/satisfaction/results/ – results by agency and period, and what people wrote."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yankao.base import exports
from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.http import Request
from yankao.base.masking import masked
from yankao.base.routes import requires
from yankao.base.transactions import durable
from yankao.departments.service.satisfaction import queries, services
from yankao.departments.service.satisfaction.forms import PeriodForm
from yankao.departments.service.satisfaction.queries import ResultRow, Results
from yankao.departments.service.satisfaction.workflow import Permission
from yankao.kernel.figures.questions import address
from yankao.kernel.figures.rules import Grain, Period, period_holding
from yankao.kernel.forms import rules as questions

PAGE_SIZE = 50
WORDS_AT_MOST = 5_000


@requires(Permission.RESULTS)
@require_GET
def results(request: Request) -> HttpResponse:
    """Shares with their intervals, valid and missing apart."""
    form, survey, since, until = _asked(request)
    found = queries.results_for(request.actor, survey=survey, since=since, until=until)
    query = {"survey": survey, "since": since.isoformat(), "until": until.isoformat()}
    context = {
        "form": form,
        "since": since,
        "until": until,
        "results": found,
        "missing": _missing(found),
        "address": _address(request.actor, survey, since, until, request.now),
        "downloads": exports.downloads("service_satisfaction:results_sheet", query),
        "may_manage": request.actor.holds(Permission.MANAGE),
        "may_read_words": request.actor.holds(Permission.WORDS),
    }
    return render(request, "service_satisfaction/results.html", context)


@requires(Permission.RESULTS)
@require_GET
def export(request: Request, format: str) -> HttpResponseBase:
    """The same table as a file; what is withheld on the page is withheld there."""
    _form, survey, since, until = _asked(request)
    found = queries.results_for(request.actor, survey=survey, since=since, until=until)
    filters = {"survey": survey, "since": since, "until": until}
    with durable():
        services.record_export(
            filters=filters, rows=len(found.rows), actor=request.actor, at=request.now
        )
    return exports.sheet_response(f"satisfaction-{since}-{until}", _head(), _lines(found), format)


@requires(Permission.WORDS)
@require_GET
def words(request: Request) -> HttpResponse:
    """What people wrote, to who handles the agency's matters; never who, or about which case."""
    rows = queries.words_for(request.actor)
    page: Any = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [_words(row) for row in page]
    downloads = exports.downloads("service_satisfaction:words_sheet", {})
    context = {"page": page, "downloads": downloads}
    return render(request, "service_satisfaction/words.html", context)


@requires(Permission.WORDS)
@require_GET
def words_export(request: Request, format: str) -> HttpResponseBase:
    """The same words as a file, names and numbers masked; at most so many, the newest."""
    rows = queries.words_for(request.actor)[:WORDS_AT_MOST]
    lines = [
        [one["agency"], one["on"], said["question"], said["text"]]
        for one in map(_words, rows)
        for said in one["texts"]
    ]
    with durable():
        services.record_export(
            filters={"words": True}, rows=len(lines), actor=request.actor, at=request.now
        )
    head = [_("機關"), _("作答日"), _("題目"), _("文字意見")]
    return exports.sheet_response("satisfaction-words", head, lines, format)


def _asked(request: Request) -> tuple[PeriodForm, str, date, date]:
    today = request.now.astimezone(TAIPEI).date()
    titles = queries.survey_titles()
    survey, since, until = PeriodForm(request.GET, surveys=titles).period(today)
    shown = {"survey": survey, "since": since.isoformat(), "until": until.isoformat()}
    return PeriodForm(initial=shown, surveys=titles), survey, since, until


def _address(actor: Actor, survey: str, since: date, until: date, at: datetime) -> str:
    """The page of the figure, where the days are one of its periods and the answers all of them."""
    period = _period_of(since, until, at)
    if period is None or actor.agencies_for(Permission.RESULTS) is not None:
        return ""
    base = reverse("kernel_figures:figure", args=["service.satisfaction.satisfied"])
    return address(base, {"survey": [survey]} if survey else {}, period=period.code)


def _period_of(since: date, until: date, at: datetime) -> Period | None:
    """The longest period of just these days, or the present one so far."""
    for grain in (Grain.YEAR, Grain.HALF, Grain.QUARTER, Grain.MONTH, Grain.DAY):
        period = period_holding(grain, since)
        last = min(period.bounds.end, at).astimezone(TAIPEI)
        ends = {period.until - timedelta(days=1), last.date()}
        if period.start == since and until in ends and until < period.until:
            return period
    return None


def _missing(found: Results) -> list[dict[str, Any]]:
    words = queries.missing_names()
    return [{"term": words[key], "value": str(count)} for key, count in found.missing.items()]


def _head() -> list[str]:
    return [
        _("機關"), _("有效"), _("未得到答案"), _("非常滿意"), _("滿意"), _("普通"), _("不滿意"),
        _("非常不滿意"), _("滿意度（%）"), _("95% 信賴區間下限"), _("95% 信賴區間上限"),
    ]  # fmt: skip


def _lines(found: Results) -> Iterator[list[Any]]:
    for row in found.rows:
        yield _line(row, row.name, found.least)
    if found.total is not None:
        yield _line(found.total, _("合計"), found.least)


def _line(row: ResultRow, name: str, least: int) -> list[Any]:
    if row.tally is None:
        return [name, _("少於 %(least)s 份或併同隱藏") % {"least": least}, *[""] * 9]
    tally = row.tally
    low, high = row.interval or (None, None)
    shares = [low, high]
    return [
        name,
        tally.valid,
        tally.missing,
        *tally.levels,
        tally.satisfied_pct,
        *(None if share is None else round(share, 1) for share in shares),
    ]


def _words(row: Any) -> dict[str, Any]:
    shape = questions.read_shape(row.version.form_version.shape)
    language, listed = get_language() or "", queries.masked_words()
    texts = [
        {
            "question": questions.words_of(one.zh, one.en, language),
            "text": masked(row.sheet.answers[one.name], listed),
        }
        for one in shape.questions
        if one.kind is questions.Kind.TEXT and one.name in row.sheet.answers
    ]
    return {"on": row.answered_on, "agency": row.agency.name, "texts": texts}
