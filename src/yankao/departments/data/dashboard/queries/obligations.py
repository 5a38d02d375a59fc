"""What other rooms may ask about the obligations behind the figures."""

from collections.abc import Mapping, Sequence

from django.urls import reverse

from yankao.base.actors import Actor
from yankao.kernel.obligations import queries as obligations
from yankao.kernel.obligations.kinds import kinds


class ObligationLinks:
    """From a row of the fact to why its time is that (``RecordLinks``)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        """Of those the actor may see. One query."""
        return {
            one.id: reverse("kernel_obligations:clock", args=[one.id])
            for one in obligations.obligations_among(actor, ids)
        }


def kind_names() -> Mapping[str, str]:
    """Kind of obligation → what it is called."""
    return {kind: str(title) for kind, title in kinds().items()}
