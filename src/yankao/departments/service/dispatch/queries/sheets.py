"""The case list as a table: one definition of its columns for every format.

Sheets are in the city's language, whoever takes them out: they are read by programs too.
"""

from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from yankao.base import exports
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.workflow import State

STATE_WORDS: dict[State, Any] = {
    State.RECEIVED: _("待簽收"),
    State.ACCEPTED: _("處理中"),
    State.PAUSED: _("暫停"),
    State.DONE: _("待查驗"),
    State.VERIFIED: _("查驗通過"),
    State.CLOSED: _("已結案"),
    State.JOINED: _("併案"),
    State.CANCELLED: _("已註銷"),
}

_STATE = Choose(
    *(When(state=state, then=Value(str(words))) for state, words in STATE_WORDS.items()),
    output_field=CharField(),
)
_URGENT = Choose(When(is_urgent=True, then=Value("急件")), default=Value(""))


COLUMNS = (
    ("案號", F("number")),
    ("項目", F("item__name")),
    ("行政區", F("district__name")),
    ("村里", F("village__name")),
    ("地點", F("place_words")),
    ("主辦機關", F("agency__name")),
    ("承辦人", F("officer__name")),
    ("狀態", _STATE),
    ("急件", _URGENT),
    ("受理時間", F("received_at")),
    ("期限", F("handling__due_at")),
    ("回報完成", F("done_at")),
    ("結案時間", F("closed_at")),
)


def case_sheet(cases: QuerySet[Case]) -> tuple[list[str], QuerySet[Case, tuple[Any, ...]]]:
    """Head and rows for ``exports.sheet_response``."""
    head = [title for title, _column in COLUMNS]
    return head, exports.cells_of(cases, [column for _title, column in COLUMNS])
