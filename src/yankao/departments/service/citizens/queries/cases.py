"""Whose cases are whose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yankao.base.errors import NotVisible
from yankao.departments.service.citizens.models import Citizen
from yankao.kernel.casework import mine

MOST_CASES = 500
"""Of each kind; who has more sees the newest."""


class NotYours(NotVisible):
    """No such case in the citizen's list."""


@dataclass(frozen=True, slots=True)
class CaseList:
    """A citizen's references: of all, of the open ones, and which numbers can be removed."""

    refs: Sequence[mine.Ref]
    kept: Mapping[str, bool]

    def chosen(self, *, is_open: bool | None) -> Sequence[mine.Ref]:
        """All, or only open or ended ones."""
        return [ref for ref in self.refs if is_open is None or ref.is_open is is_open]

    def askable(self, refs: Sequence[mine.Ref]) -> list[mine.Ref]:
        """Those the citizen reported: a number with its code alone shows no survey of another."""
        return [ref for ref in refs if self.kept.get(ref.number, True)]


def numbers_of(citizen: Citizen) -> dict[str, bool]:
    """Numbers kept for the account → whether it was signed in when they were reported."""
    return dict(citizen.kept.order_by("-pk").values_list("number", "is_reported")[:MOST_CASES])


def cases_of(citizen: Citizen) -> CaseList:
    """Reported with the account's address, or kept; newest first."""
    kept = numbers_of(citizen)
    by_address = mine.refs_of(email=citizen.email, numbers=(), limit=MOST_CASES)
    others = [number for number in kept if number not in {ref.number for ref in by_address}]
    added = mine.refs_of(email="", numbers=others, limit=MOST_CASES) if others else []
    known = {number: kept[number] for number in others}
    return CaseList(sorted([*by_address, *added], reverse=True), known)


def is_own(citizen: Citizen, number: str) -> bool:
    """Whether the case is in the citizen's list."""
    return any(ref.number == number for ref in cases_of(citizen).refs)


def unknown() -> NotYours:
    """The refusal for a case of another, existing or not."""
    message = _("您的案件裡沒有這個案號。可以用案號與查詢碼加入。")
    return NotYours("citizens.not_yours", message)
