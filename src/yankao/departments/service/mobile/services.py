"""Counting installations."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from yankao.base.clock import TAIPEI
from yankao.departments.service.mobile.models import InstallCount


def count_install(*, kind: str, at: datetime) -> None:
    """One more installation on this kind of machine (``models.Kind``) on the day of ``at``."""
    day = at.astimezone(TAIPEI).date()
    with transaction.atomic():
        counted, is_new = InstallCount.objects.get_or_create(
            day=day, kind=kind, defaults={"installs": 1}
        )
        if not is_new:
            InstallCount.objects.filter(pk=counted.pk).update(installs=F("installs") + 1)
