"""Closed cases as examples of which agency is in charge."""

from collections.abc import Iterator

from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.workflow import KIND, State
from yankao.kernel.suggestions.texts import AGENCY, Example


class CaseTexts:
    """The item's name and the words of the report; neither place nor reporter."""

    suggestion_kind = AGENCY
    training_source = KIND

    def training_examples(self, most: int) -> Iterator[Example]:
        """The newest closed here: who closed a case was in charge (imported ones say not who)."""
        closed = Case.objects.filter(state=State.CLOSED, outcome_known=True, agency__isnull=False)
        rows = closed.order_by("-received_at", "-pk")[:most]
        for item, words, agency in rows.values_list("item__name", "description", "agency_id"):
            yield Example(item, words, str(agency))
