"""Closed cases people can be asked about, for who asks whether they were satisfied."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.departments.service.dispatch.workflow import KIND, State
from yankao.kernel.forms.declarations import AskedAbout


class CasesSurveyed:
    """Cases closed by an agency's work, of whoever left a way to reach them."""

    kind = KIND
    survey_title = _("派工通報")

    def closed_between(self, since: datetime, until: datetime) -> Sequence[int]:
        """Closed by work whose outcome is known; a joined report is another's case."""
        closed = Case.objects.filter(
            state=State.CLOSED,
            outcome_known=True,
            agency__isnull=False,
            lead__isnull=True,
            closed_at__gte=since,
            closed_at__lt=until,
        )
        reached = Reporter.objects.exclude(phone="", email="")
        found = closed.filter(pk__in=reached.values("case"))
        return list(found.order_by("pk").values_list("pk", flat=True))

    def asked_about(self, ids: Collection[int]) -> Mapping[int, AskedAbout]:
        """The cases with who reported them, as they stand now."""
        rows = Case.objects.filter(pk__in=ids, agency__isnull=False).select_related("item")
        people = Reporter.objects.in_bulk(list(ids))
        return {case.pk: _about(case, people.get(case.pk)) for case in rows.order_by("pk")}


def _about(case: Case, reporter: Reporter | None) -> AskedAbout:
    return AskedAbout(
        id=case.pk,
        number=case.number,
        agency=str(case.agency_id),
        item=case.item_id,
        item_name=case.item.plain_name,
        channel=case.channel,
        name=reporter.name if reporter else "",
        phone=reporter.phone if reporter else "",
        email=reporter.email if reporter else "",
        language=reporter.language if reporter else "",
    )
