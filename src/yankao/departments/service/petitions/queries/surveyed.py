"""Closed petitions people can be asked about, for who asks whether they were satisfied."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.petitions.models import Petition, Petitioner
from yankao.departments.service.petitions.workflow import KIND, State
from yankao.kernel.forms.declarations import AskedAbout


class PetitionsSurveyed:
    """Petitions answered and closed. Confidential ones are nobody else's matter (§170)."""

    kind = KIND
    survey_title = _("人民陳情")

    def closed_between(self, since: datetime, until: datetime) -> Sequence[int]:
        """One question a matter: neither parts of another nor what was joined to one."""
        closed = Petition.objects.filter(
            state=State.CLOSED,
            is_confidential=False,
            whole__isnull=True,
            same_as__isnull=True,
            closed_at__gte=since,
            closed_at__lt=until,
        )
        reached = Petitioner.objects.exclude(phone="", email="")
        found = closed.filter(pk__in=reached.values("petition"))
        return list(found.order_by("pk").values_list("pk", flat=True))

    def asked_about(self, ids: Collection[int]) -> Mapping[int, AskedAbout]:
        """The petitions with who petitioned, as they stand now."""
        rows = Petition.objects.filter(pk__in=ids, is_confidential=False).select_related("item")
        people = Petitioner.objects.in_bulk(list(ids))
        return {case.pk: _about(case, people.get(case.pk)) for case in rows.order_by("pk")}


def _about(case: Petition, petitioner: Petitioner | None) -> AskedAbout:
    return AskedAbout(
        id=case.pk,
        number=case.number,
        agency=case.agency_id,
        item=case.item_id,
        item_name=case.item.name,
        channel=case.channel,
        name=petitioner.name if petitioner else "",
        phone=petitioner.phone if petitioner else "",
        email=petitioner.email if petitioner else "",
        language=petitioner.language if petitioner else "",
    )
