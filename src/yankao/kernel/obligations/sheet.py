"""The inbox as a table: one definition of its columns for every format."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When

from yankao.base import exports
from yankao.base.actors import Actor
from yankao.kernel.obligations import queries
from yankao.kernel.obligations.kinds import kinds
from yankao.kernel.obligations.queries import InboxFilters
from yankao.kernel.obligations.words import STATE_WORDS


def inbox_sheet(
    actor: Actor, filters: InboxFilters, at: datetime
) -> tuple[list[str], QuerySet[Any, tuple[Any, ...]]]:
    """Head and rows of all that is asked for, for ``exports.sheet_response``."""
    columns = {
        "期限": F("due_at"),
        "狀態": _words("state", STATE_WORDS),
        "種類": _words("kind", kinds()),
        "案號": F("number"),
        "案由": F("title"),
        "地點": F("place"),
        "行政區": F("district__name"),
        "機關": F("debtor_agency__name"),
        "單位": F("debtor_unit__name"),
        "承辦人": F("debtor_person__name"),
        "起算時間": F("opened_at"),
        "最初期限": F("promised_due_at"),
        "結束時間": F("ended_at"),
    }
    found = queries.found_for(actor, filters, at).order_by("due_at", "pk")
    return list(columns), exports.cells_of(found, list(columns.values()))


def _words(column: str, words: Mapping[str, Any]) -> Any:
    """A code's words; of a code without any, the code."""
    known = (When(**{column: code}, then=Value(str(word))) for code, word in words.items())
    return Case(*known, default=F(column), output_field=CharField())
