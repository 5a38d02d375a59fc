"""Learning anew each night, and when somebody asks for it."""

import structlog

from yankao.base import clock
from yankao.base.jobs import job, periodic
from yankao.kernel.suggestions import services
from yankao.kernel.suggestions.texts import AGENCY

log = structlog.get_logger(__name__)


@job("kernel.suggestions.train")
def train() -> None:
    """Learn from what is there now; while another process does, that one is enough."""
    try:
        services.train(kind=AGENCY, at=clock.now())
    except services.TrainingBusy:
        log.info("suggestions.busy")


@periodic("40 19 * * *", "kernel.suggestions.train_nightly")
def train_nightly(timestamp: int) -> None:
    """At 03:40 in Taipei: past cases came, others were deleted."""
    train()
