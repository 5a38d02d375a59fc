"""What a figure's page says of the closings of its months."""

from datetime import date

from django.urls import reverse

from yankao.base.actors import Actor
from yankao.kernel.closing.models import Restatement
from yankao.kernel.closing.permissions import LOOK
from yankao.kernel.figures.declarations import Restated


class Told:
    """Reasons of approved restatements, and the page of a month's closing."""

    def restated_between(self, start: date, until: date) -> list[Restated]:
        """One query."""
        approved = Restatement.objects.filter(
            closing__month__gte=start, closing__month__lt=until, state=Restatement.State.APPROVED
        )
        return [
            Restated(at, reason)
            for at, reason in approved.values_list("decided_at", "reason")
            if at is not None
        ]

    def closing_address(self, actor: Actor, month: date) -> str:
        """Only to who may look at closings."""
        return reverse("kernel_closing:month", args=[f"{month:%Y-%m}"]) if actor.holds(LOOK) else ""
