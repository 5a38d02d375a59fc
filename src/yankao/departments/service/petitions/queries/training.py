"""Answered petitions as examples of which agency is in charge."""

from collections.abc import Iterator

from yankao.departments.service.petitions.models import Petition
from yankao.departments.service.petitions.workflow import KIND, State
from yankao.kernel.suggestions.texts import AGENCY, Example


class PetitionTexts:
    """What citizens wrote; no confidential petition (§170), no petitioner."""

    suggestion_kind = AGENCY
    training_source = KIND

    def training_examples(self, most: int) -> Iterator[Example]:
        """The newest answered ones: who answered was in charge."""
        answered = Petition.objects.filter(
            state__in=[State.ANSWERED, State.CLOSED], is_confidential=False
        )
        rows = answered.order_by("-received_at", "-pk")[:most]
        for title, content, agency in rows.values_list("title", "content", "agency_id"):
            yield Example(title, content, agency)
