"""How the bot did today, yesterday and this month: figures, asked and not counted here."""

from collections.abc import Mapping
from datetime import datetime

from yankao.kernel.figures.rules import Grain, period_at
from yankao.kernel.figures.standing import Standing, standings

FIGURES = tuple(
    f"service.bot.{name}" for name in ("people", "questions", "answered", "helpful_pct")
)
TODAY, YESTERDAY, MONTH = range(3)
"""Places of the stretches of time."""


def standing_at(at: datetime) -> Mapping[str, Standing]:
    """Name of each figure of the bot → today so far, yesterday, this month so far. One query."""
    today, month = period_at(Grain.DAY, at), period_at(Grain.MONTH, at)
    stretches = [(one, one.bounds_as_of(at)) for one in (today, today.previous, month)]
    return standings(dict.fromkeys(FIGURES, stretches), by=())
