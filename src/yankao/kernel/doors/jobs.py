"""What the room does by itself."""

from datetime import UTC, datetime

from yankao.base.jobs import periodic
from yankao.base.transactions import durable
from yankao.kernel.doors import services


@periodic("23 * * * *", "kernel.doors.sweep")
def sweep(timestamp: int) -> None:
    """Once an hour: counters, spent puzzles and kept answers past keeping."""
    with durable():
        services.sweep(at=datetime.fromtimestamp(timestamp, tz=UTC))
