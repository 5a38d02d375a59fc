"""Jobs: named, enqueued in the transaction that needs them, run by the worker afterwards.

Procrastinate keeps them in the same database, so a job exists exactly when its cause does.
Deferring goes through the worker's name of the job, so a service imports no job.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

Job = TypeVar("Job", bound=Callable[..., Any])


def job(name: str, *, queue: str = "default", retry: int = 8) -> Callable[[Job], Job]:
    """Register a function as the job ``name``; failures are retried with growing pauses."""

    def register(function: Job) -> Job:
        app.task(
            name=name,
            queue=queue,
            retry=RetryStrategy(max_attempts=retry, exponential_wait=2),
        )(function)
        return function

    return register


def periodic(cron: str, name: str) -> Callable[[Job], Job]:
    """Register a function (taking ``timestamp``, Unix seconds) to run at each tick of ``cron``.

    A tick whose predecessor still waits is dropped, so a stopped worker causes no backlog.
    """

    def register(function: Job) -> Job:
        task = app.task(name=name, queue="periodic", queueing_lock=name)(function)
        app.periodic(cron=cron)(task)
        return function

    return register


def defer(name: str, **arguments: Any) -> int:
    """Enqueue the job in the current transaction; arguments are JSON. Returns the job's id."""
    return app.configure_task(name, allow_unknown=False).defer(**arguments)


def defer_until(at: datetime, name: str, **arguments: Any) -> int:
    """As ``defer``, but no worker takes it before ``at``."""
    return app.configure_task(name, allow_unknown=False, schedule_at=at).defer(**arguments)


RESCUE = "base.rescue_stalled_jobs"
SILENT_SECONDS = 45


@app.periodic(cron="* * * * *")
@app.task(name=RESCUE, queue="periodic", queueing_lock=RESCUE, pass_context=True)
async def rescue_stalled_jobs(context: Any, timestamp: int) -> None:
    """Run again the jobs of workers that have been silent: killed, or cut off from the database."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        await manager.retry_job(stalled)
