"""What goes by itself: pushes, and codes and sessions that are over."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import structlog

from yankao.base import clock
from yankao.base.actors import system_actor
from yankao.base.jobs import job, periodic
from yankao.base.transactions import durable
from yankao.departments.service.citizens import queries, services
from yankao.departments.service.citizens.queries import PushWords
from yankao.departments.service.citizens.rules import Category
from yankao.departments.service.citizens.workflow import State

log = structlog.get_logger(__name__)
KEEPER = system_actor("citizens")
AT_ONCE = 20
"""Lines to push services open at the same time in one job."""


@periodic("37 * * * *", "service.citizens.sweep")
def sweep(timestamp: int) -> None:
    """Hourly."""
    with durable():
        swept = services.sweep(actor=KEEPER, at=datetime.fromtimestamp(timestamp, tz=UTC))
    log.info("citizens.swept", rows=swept)


@job(services.TELL, retry=3)
def tell(kind: str, ids: list[int]) -> None:
    """Who follows these cases."""
    with durable():
        services.tell(kind=kind, ids=ids, at=clock.now())


@job(services.TELL_ONE, retry=3)
def tell_one(subscription_id: int, kind: str, id: int, tries: int) -> None:
    """One browser, about one case, as it stands now. Told twice it is shown once: by its tag."""
    found = queries.case_words(subscription_id, kind, id)
    if found is None:
        return
    row, words = found
    again = {"kind": kind, "id": id}
    _push([row], words, category=Category.CASES, again=again, tries=tries)


@job(services.SPREAD, retry=3)
def spread(bulletin_id: int, subscription_ids: list[int], tries: int = 0) -> None:
    """Some receivers of a message to all; none of one that was stopped meanwhile."""
    row = queries.bulletin(bulletin_id)
    if row is None or row.state != State.SENT:
        return
    rows = queries.subscriptions(subscription_ids)
    words, again = queries.bulletin_words(row), {"bulletin_id": bulletin_id}
    _push(rows, words, category=Category(row.category), again=again, tries=tries)


def _push(
    rows: Iterable[Any],
    words: PushWords,
    *,
    category: Category,
    again: Mapping[str, object],
    tries: int,
) -> None:
    """Outside any transaction; what came of it is written in one."""
    at, urgent = clock.now(), category is Category.DISASTER
    targets = [services.Target(row.pk, row.endpoint, row.p256dh, row.auth) for row in rows]
    shown = {"title": words.title, "body": words.body, "url": words.url, "tag": words.tag}
    with ThreadPoolExecutor(AT_ONCE) as lines:
        sent = lines.map(lambda one: services.push(one, shown, urgent=urgent, at=at), targets)
        answers = list(sent)
    with durable():
        services.take_answers(
            answers=answers, category=category, again=again, tries=tries, at=clock.now()
        )
    failed = sorted({one.error for one in answers if one.error})
    log.info("citizens.pushed", category=category, of=len(answers), errors=failed)
