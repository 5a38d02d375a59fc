"""Hours in which nobody is woken by a message that can wait."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from yankao.base.clock import TAIPEI


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From an hour of the evening until one of the morning, in Taipei; equal = none."""

    begins: time
    ends: time

    def cover(self, at: datetime) -> bool:
        """Whether the instant lies within: the beginning does, the end does not."""
        clock = at.astimezone(TAIPEI).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


def morning_after(hours: QuietHours | None, at: datetime) -> datetime:
    """``at`` itself outside quiet hours, else when they end."""
    if hours is None or not hours.cover(at):
        return at
    local = at.astimezone(TAIPEI)
    end = local.replace(hour=hours.ends.hour, minute=hours.ends.minute, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)
