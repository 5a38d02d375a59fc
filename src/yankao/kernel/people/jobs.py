"""What the room does by itself."""

from datetime import UTC, datetime

from yankao.base.jobs import periodic
from yankao.base.transactions import durable
from yankao.kernel.people import services


@periodic("17 3 * * *", "kernel.people.forget_old_traces")
def forget_old_traces(timestamp: int) -> None:
    """Once a night: failed attempts, sign-ins and sessions past keeping."""
    with durable():
        services.forget_old_traces(at=datetime.fromtimestamp(timestamp, tz=UTC))
