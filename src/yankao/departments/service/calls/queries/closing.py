"""What of the calls can still change a month's figures after its end."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Count, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yankao.base.narrowing import start_of
from yankao.departments.service.calls.models import Call, Difference
from yankao.departments.service.calls.workflow import Permission, State
from yankao.kernel.closing.declarations import Unfinished


def unclassified(calls: QuerySet[Call]) -> QuerySet[Call]:
    """Of these, what was talked and of which nobody said what it was about."""
    return calls.filter(kind="", answered_at__isnull=False, state=State.ENDED)


class CallsUnfinished:
    """Calls without a kind, and what the exchange's file says otherwise."""

    kinds: Sequence[str] = ()

    def unfinished(self, start: date, end: date) -> list[Unfinished]:
        """Shares are of the calls with a kind; a missing call is missing in the count."""
        within = {"began_at__gte": start_of(start), "began_at__lt": start_of(end)}
        days = {"since": start.isoformat(), "until": (end - timedelta(days=1)).isoformat()}
        calls = f"{reverse('service_calls:calls')}?{urlencode({'kind': 'none', **days})}"
        month = urlencode({"month": f"{start:%Y-%m}"})
        differences = f"{reverse('service_calls:differences')}?{month}"
        found = dict(
            _counted(unclassified(Call.objects.filter(**within)), "calls").union(
                _counted(Difference.objects.filter(settled_at=None, **within), "differences"),
                all=True,
            )
        )
        return [
            Unfinished(title, found.get(what, 0), address=address, permission=Permission.SUPERVISE)
            for what, title, address in (
                ("calls", _("通話還沒分類"), calls),
                ("differences", _("和交換機的紀錄不同，還沒處理"), differences),
            )
        ]


def _counted(rows: QuerySet[Any], what: str) -> QuerySet[Any, Any]:
    named = rows.annotate(which=Value(what, output_field=CharField())).values_list("which")
    counted: QuerySet[Any, Any] = named.annotate(count=Count("pk")).order_by()
    return counted
