"""What a browser sends along with a guarded form."""

from datetime import datetime, timedelta

from yankao.kernel.doors.services.guards import STAMP, signed_stamp


def stamped(*, at: datetime, after: timedelta = timedelta(minutes=1)) -> dict[str, str]:
    """The stamp of a page opened a minute before ``at``."""
    return {STAMP: signed_stamp(at=at - after)}
