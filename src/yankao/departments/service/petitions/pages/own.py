"""Petitions in their petitioner's own list."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yankao.departments.service.petitions import queries
from yankao.departments.service.petitions.pages.status import HEADLINES, TONES
from yankao.departments.service.petitions.workflow import ENDED, KIND, State
from yankao.kernel.casework.mine import OwnCase, Ref, Watched


class PetitionersCases:
    """What a petitioner's list shows: item and state, none of the petition's words."""

    kind = KIND

    def own_refs(self, *, email: str, numbers: Collection[str], limit: int) -> Sequence[Ref]:
        return queries.own_refs(email=email, numbers=numbers, limit=limit)

    def own_cases(self, ids: Collection[int], *, at: datetime) -> Mapping[int, OwnCase]:
        return {case.pk: _own(case) for case in queries.own_rows(ids)}

    def own_watched(self, id: int) -> Watched | None:
        rows = queries.own_rows([id])
        if not rows:
            return None
        headline = str(HEADLINES[State(rows[0].state)])
        return Watched(rows[0].number, headline, queries.petitioner_email(id))


def _own(case: Any) -> OwnCase:
    state = State(case.state)
    is_open = state not in ENDED
    owed = is_open and case.answered_at is None and state is not State.WAITING
    return OwnCase(
        id=case.pk,
        number=case.number,
        title=case.item.name,
        agency=case.agency.name,
        headline=str(HEADLINES[state]),
        tone=TONES[state],
        received_at=case.received_at,
        is_open=is_open,
        due_at=case.promise.due_at if owed else None,
        closed_at=case.closed_at,
        todo=_("機關請您補充資料，補充後才會繼續計算期限。") if state is State.WAITING else "",
    )
