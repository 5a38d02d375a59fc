"""What became of pushes: counted by day, ends of subscriptions, tries again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from yankao.base import jobs
from yankao.base.clock import TAIPEI
from yankao.base.subjects import Subject
from yankao.departments.service.citizens import queries, rules
from yankao.departments.service.citizens.models import PushDay, Subscription
from yankao.departments.service.citizens.rules import Category
from yankao.departments.service.citizens.services.bulletins import SPREAD
from yankao.departments.service.citizens.services.wire import Answer
from yankao.kernel.notices import queries as notices
from yankao.kernel.notices import quiet

TELL, TELL_ONE = "service.citizens.tell", "service.citizens.tell_one"


class PushesBeside:
    """A push beside each letter about a case, for whoever wants it."""

    def told(self, subjects: Sequence[Subject], *, at: datetime) -> None:
        """A job in the letters' own transaction; none while nobody wants pushes of cases."""
        if not queries.anybody_follows():
            return
        for kind in sorted({subject.kind for subject in subjects}):
            ids = sorted({subject.id for subject in subjects if subject.kind == kind})
            jobs.defer(TELL, kind=kind, ids=ids)


def tell(*, kind: str, ids: Sequence[int], at: datetime) -> int:
    """Enqueue a push for every browser that follows one of the cases; by day only."""
    count = 0
    until = quiet.morning_after(notices.quiet_hours(), at)
    with transaction.atomic():
        for id in ids:
            for subscription_id in queries.followers_of(kind, id):
                arguments = {"subscription_id": subscription_id, "kind": kind, "id": id}
                jobs.defer_until(until, TELL_ONE, **arguments, tries=0)
                count += 1
    return count


def take_answers(
    *,
    answers: Sequence[Answer],
    category: str,
    again: Mapping[str, object],
    tries: int,
    at: datetime,
) -> None:
    """Write down what the services said; browsers that are gone are forgotten.

    Those to be tried again get a job of their own: ``again`` is what it needs beside the browser.
    """
    later = [one for one in answers if one.again and tries + 1 < rules.PUSH_TRIES]
    sent = sum(one.ok for one in answers)
    failed = len(answers) - sent - len(later)
    with transaction.atomic():
        Subscription.objects.filter(pk__in=[one.id for one in answers if one.gone]).delete()
        Subscription.objects.filter(pk__in=[one.id for one in answers if one.ok]).update(failures=0)
        refused = [one.id for one in answers if not one.ok and not one.gone and not one.again]
        Subscription.objects.filter(pk__in=refused).update(failures=F("failures") + 1)
        Subscription.objects.filter(failures__gte=rules.MOST_SILENT).delete()
        _count(category, sent=sent, failed=failed, at=at)
        for one in later:
            about_case = category == Category.CASES
            who: dict[str, Any] = (
                {"subscription_id": one.id} if about_case else {"subscription_ids": [one.id]}
            )
            jobs.defer_until(
                at + rules.pause_after(tries + 1, one.after_seconds),
                TELL_ONE if about_case else SPREAD,
                **who, **again, tries=tries + 1,
            )  # fmt: skip


def _count(category: str, *, sent: int, failed: int, at: datetime) -> None:
    if not sent and not failed:
        return
    day = at.astimezone(TAIPEI).date()
    PushDay.objects.bulk_create([PushDay(on=day, category=category)], ignore_conflicts=True)
    rows = PushDay.objects.filter(on=day, category=category)
    rows.update(sent=F("sent") + sent, failed=F("failed") + failed)
