"""/api/suggestions: the same for other programs."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yankao.base.api import Holds
from yankao.kernel.suggestions import queries
from yankao.kernel.suggestions.permissions import ASK
from yankao.kernel.suggestions.texts import AGENCY

router = Router(tags=["suggestions"])


class TextIn(Schema):
    """What a citizen wrote; only its beginning is read, nothing is kept."""

    title: Annotated[str, Field(max_length=200)] = ""
    text: Annotated[str, Field(max_length=10_000)] = ""


class SuggestionOut(Schema):
    """An agency, and how likely it is in percent."""

    code: str
    name: str
    percent: int
    words: str


class SuggestionsOut(Schema):
    """``state``: suggested, unclear (nothing in the text is known) or no_model."""

    state: str
    items: list[SuggestionOut]


@router.post("/agency", response=SuggestionsOut, auth=Holds(ASK), summary="依文字建議機關")
def agency(request: HttpRequest, body: TextIn) -> SuggestionsOut:
    """At most three agencies, likeliest first. A person decides."""
    found = queries.suggest(kind=AGENCY, title=body.title, text=body.text)
    items = [
        SuggestionOut(code=i.label, name=i.name, percent=i.percent, words=str(i.words))
        for i in found.items
    ]
    return SuggestionsOut(state=found.state, items=items)
