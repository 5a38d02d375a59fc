"""What of dispatch can still change a month's figures after its end."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Count, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yankao.base.narrowing import month_of
from yankao.departments.service.dispatch.models import Case, ImportBatch
from yankao.departments.service.dispatch.workflow import Permission, State
from yankao.kernel.closing.declarations import Unfinished


class CasesUnfinished:
    """Reports of work done that may still be returned, and imports that stopped half-way."""

    kinds: Sequence[str] = ("service.dispatch.verify",)

    def unfinished(self, start: date, end: date) -> list[Unfinished]:
        """A returned report was not done (ADR 0006): the month's count of the done shrinks."""
        month = f"{start:%Y-%m}"
        counted = _unverified(month).union(_half_imported(), all=True)
        return [
            _unverified_line(month, agency, count)
            if agency
            else Unfinished(_("派工歷史資料匯入到一半"), count)
            for agency, count in sorted(counted)
        ]


def _unverified(month: str) -> QuerySet[Any, tuple[str, int]]:
    first, following = month_of(month)
    rows = Case.objects.filter(
        state=State.DONE, done_at__gte=first, done_at__lt=following, agency__isnull=False
    )
    return rows.values_list("agency").annotate(count=Count("pk")).order_by()


def _half_imported() -> QuerySet[Any, tuple[str, int]]:
    """Files that stopped half-way and were not imported whole since, of no agency."""
    whole = ImportBatch.objects.filter(finished_at__isnull=False).values("file_sha256")
    half = ImportBatch.objects.filter(finished_at=None).exclude(file_sha256__in=whole)
    nobody = half.annotate(nobody=Value("", output_field=CharField())).values_list("nobody")
    return nobody.annotate(count=Count("file_sha256", distinct=True)).order_by()


def _unverified_line(month: str, agency: str, count: int) -> Unfinished:
    asked = {"state": State.DONE, "agency": agency, "done": month}
    address = f"{reverse('service_dispatch:cases')}?{urlencode(asked)}"
    title = _("派工已回報完成，還沒查驗")
    return Unfinished(title, count, agency, address, Permission.READ)
