"""Structured logs: one JSON line an event, with the request's id and no personal data."""

import logging

import structlog

_SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


def configure(level: str) -> None:
    """Send our events and the libraries' records to standard error as JSON lines."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("procrastinate", "axes", "PIL"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("django.request").addFilter(_outage_in_one_line)
    # Django would log paths of refused requests, and a look-up path is a key to a case.
    logging.getLogger("django.request").addFilter(lambda record: record.levelno >= logging.ERROR)


def _outage_in_one_line(record: logging.LogRecord) -> bool:
    """While the disk is full or the database away every request fails alike: no traceback each."""
    from yankao.base import outages  # noqa: PLC0415 – logs are configured before Django is

    error = record.exc_info[1] if record.exc_info else None
    if error is not None and outages.refusal_for(error):
        record.msg, record.args = "outage: %s", (str(error).splitlines()[0],)
        record.exc_info = None
    return True
