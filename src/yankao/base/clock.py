"""The clock. Only faces, jobs and commands read it; everything else takes ``at=`` or ``on=``."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

TAIPEI = ZoneInfo("Asia/Taipei")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(tz=UTC)  # noqa: TID251 – the one place that may
