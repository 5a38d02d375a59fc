"""Dispatch cases in their reporter's own list."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yankao.departments.service.dispatch import queries
from yankao.departments.service.dispatch.pages.status import HEADLINES, TONES
from yankao.departments.service.dispatch.workflow import ENDED, KIND, State
from yankao.kernel.casework.mine import OwnCase, Ref, Watched


class ReportersCases:
    """What a reporter's list shows: what the letters told them already."""

    kind = KIND

    def own_refs(self, *, email: str, numbers: Collection[str], limit: int) -> Sequence[Ref]:
        return queries.own_refs(email=email, numbers=numbers, limit=limit)

    def own_cases(self, ids: Collection[int], *, at: datetime) -> Mapping[int, OwnCase]:
        return {case.pk: _own(case) for case in queries.own_rows(ids)}

    def own_watched(self, id: int) -> Watched | None:
        rows = queries.own_rows([id])
        email = queries.reporter_email(id)
        return Watched(rows[0].number, _headline(rows[0]), email) if rows else None


def _headline(case: Any) -> str:
    if not case.outcome_known:
        return _("歷史案件，結果不明")
    return str(HEADLINES[State(queries.leading(case).state)])


def _own(case: Any) -> OwnCase:
    shown = queries.leading(case)
    is_open = shown.state not in ENDED
    owed = is_open and case.done_at is None and shown.state != State.PAUSED
    return OwnCase(
        id=case.pk,
        number=case.number,
        title=case.item.plain_name,
        agency=shown.agency.name if shown.agency else "",
        headline=_headline(case),
        tone=TONES[State(shown.state)] if case.outcome_known else "closed",
        received_at=case.received_at,
        is_open=is_open,
        due_at=shown.handling.due_at if owed and shown.handling else None,
        closed_at=shown.closed_at,
    )
