"""``yankao health``: for monitoring systems, with the exit status they expect."""

from datetime import datetime

from django.conf import settings

from yankao.base import clock, health
from yankao.base.health import VitalSign
from yankao.site.backups import archive


def health_command() -> int:
    """Print every sign, those beyond their limit marked; 0 = well, 1 = alarms, 2 = not serving."""
    report = health.report(at=clock.now(), further=_of_backups())
    for name, value in report.items():
        if name not in {"ok", "alarms"}:
            print(f"{name}: {value}{'  ← !' if name in report['alarms'] else ''}")
    return 2 if not report["ok"] else int(bool(report["alarms"]))


def _of_backups() -> list[VitalSign]:
    """With YANKAO_BACKUPS set: the age of the newest whole backup."""
    if settings.YANKAO_BACKUPS is None:
        return []
    return [VitalSign("backup_age_hours", "backup", _backup_age_hours, limit=30)]


def _backup_age_hours(at: datetime) -> int:
    made = archive.backups_in(settings.YANKAO_BACKUPS) if settings.YANKAO_BACKUPS else []
    if not made:
        return health.NOBODY
    stamp = made[-1].name.removeprefix("yankao-").removesuffix("Z")
    return int(
        (at - datetime.strptime(f"{stamp}+0000", "%Y%m%dT%H%M%S%f%z")).total_seconds() // 3600
    )
