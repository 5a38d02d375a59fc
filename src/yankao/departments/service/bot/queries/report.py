"""How the bot did in the last day. Counts, and questions without persons."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q

from yankao.departments.service.bot.models import Turn
from yankao.departments.service.bot.workflow import State


@dataclass(frozen=True, slots=True)
class Day:
    """Counts of a day; greetings and thanks are no questions."""

    people: int
    questions: int
    answered: int
    helpful: int
    unhelpful: int

    @property
    def answered_pct(self) -> Decimal | None:
        if not self.questions:
            return None
        return round(Decimal(100 * self.answered) / self.questions, 1)


def day_of(at: datetime) -> Day:
    """The 24 hours before."""
    counts = (
        Turn.objects.filter(asked_at__gt=at - timedelta(days=1), asked_at__lte=at)
        .exclude(state=State.TALK)
        .aggregate(
            people=Count("conversation_id", distinct=True),
            questions=Count("pk"),
            answered=Count("pk", filter=Q(state=State.ANSWERED)),
            helpful=Count("pk", filter=Q(is_helpful=True)),
            unhelpful=Count("pk", filter=Q(is_helpful=False)),
        )
    )
    return Day(**counts)
