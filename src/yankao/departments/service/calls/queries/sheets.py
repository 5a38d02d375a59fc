"""The list of calls as a sheet; in the city's language, for programs read it too."""

from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, LPad

from yankao.base import exports
from yankao.departments.service.calls.models import Call
from yankao.departments.service.calls.queries.words import KIND_WORDS, STATE_WORDS

_TEXT = CharField()


def _words(column: str, words: dict[str, Any]) -> Choose:
    cases = [When(**{column: key}, then=Value(str(said))) for key, said in words.items()]
    return Choose(*cases, default=Value(""), output_field=_TEXT)


def call_sheet(rows: QuerySet[Call]) -> tuple[list[str], Any]:
    """Head and rows, newest first; nothing of the caller and no words."""
    number = Concat(Value("T"), LPad(Cast("id", _TEXT), 7, Value("0")), output_field=_TEXT)
    columns = (
        ("通話編號", number),
        ("來電", F("began_at")),
        ("接聽", F("answered_at")),
        ("結束", F("ended_at")),
        ("佇列", F("queue")),
        ("接聽人員", F("agent__name")),
        ("狀態", _words("state", STATE_WORDS)),
        ("種類", _words("kind", KIND_WORDS)),
        ("當場答復", _words("is_answered_at_once", {True: "是", False: "否"})),  # type: ignore[dict-item]
        ("按鍵評分", F("level")),
    )
    head = [title for title, _column in columns]
    ordered = rows.order_by("-began_at", "-id")
    return head, exports.cells_of(ordered, [column for _title, column in columns])
