"""What anybody may know: the status behind a link or code, and what can be reported."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from yankao.base.clock import TAIPEI
from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch.models import Case, Item, ItemGroup
from yankao.departments.service.dispatch.workflow import KIND, Move, State
from yankao.kernel.casework import lookups
from yankao.kernel.files import queries as files
from yankao.kernel.files.queries import PublishedView

STILL_BAD = "still_bad"
"""The line of history with which the reporter says so; once."""


class LookupEnded(NotVisible):
    """The look-up link is no longer (or never was) valid."""


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What anybody with the link may know: no person, no free text of the reporter.

    A joined report shows how far the leading one is, whose state, agency and due time are its own.
    """

    number: str
    item: str
    district: str
    agency: str
    state: str
    received_at: datetime
    due_at: datetime | None
    accepted_at: datetime | None
    done_at: datetime | None
    closed_at: datetime | None
    remark: str
    outcome_known: bool
    is_joined: bool
    was_reopened: bool
    still_bad_until: datetime | None
    photos: tuple[PublishedView, ...] = ()


def status_by_token(token: str) -> PublicStatus:
    """The status behind a signed link. Raises LookupEnded when forged or older than 180 days."""
    number = lookups.number_of(token)
    if number is None:
        message = _("這個查詢連結已過期或不完整。請用案號與查詢碼查詢，或撥 1999。")
        raise LookupEnded("dispatch.lookup_ended", message)
    return _status(number)


def lookup_address(number: str, code: str) -> str:
    """The public page of the case, of whatever kind. Raises LookupEnded for a wrong code."""
    address = lookups.address_by_code(number, code)
    if address is None:
        message = _("案號與查詢碼不符。請對照簡訊或收件畫面，再輸入一次。")
        raise LookupEnded("dispatch.lookup_wrong", message, "code")
    return address


class CaseLookup:
    """Cases on the one look-up page of all kinds."""

    def status_address(self, number: str, token: str) -> str | None:
        """The status page, when there is such a case."""
        return f"/status/{token}/" if Case.objects.filter(number=number).exists() else None


def _status(number: str) -> PublicStatus:
    ties = ("agency", "handling", "lead__agency", "lead__handling")
    case = Case.objects.select_related("item", "district", *ties).filter(number=number).first()
    if case is None:
        raise LookupEnded("dispatch.lookup_wrong", _("查無這個案號。"), "number")
    shown = case.lead if case.lead is not None and case.state == State.JOINED else case
    moves = set(
        case.entries.filter(move__in=[Move.REOPEN, STILL_BAD]).values_list("move", flat=True)
    )
    return PublicStatus(
        number=case.number,
        item=case.item.plain_name,
        district=case.district.name if case.district else "",
        agency=shown.agency.name if shown.agency else "",
        state=shown.state,
        received_at=case.received_at,
        due_at=shown.handling.due_at if shown.handling else None,
        accepted_at=shown.accepted_at,
        done_at=case.done_at,
        closed_at=case.closed_at,
        remark=case.public_remark if case.state in _TOLD else "",
        outcome_known=case.outcome_known,
        is_joined=case.lead_id is not None,
        was_reopened=Move.REOPEN in moves,
        still_bad_until=None if STILL_BAD in moves else _still_bad_until(case),
        photos=tuple(files.published_of(Subject(KIND, shown.pk))),
    )


_TOLD = frozenset({State.VERIFIED, State.CLOSED, State.CANCELLED})


def still_bad_until(case: Case) -> datetime | None:
    """Until when the reporter may say that it is still bad; None = not, or it was said."""
    until = _still_bad_until(case)
    said = until is not None and case.entries.filter(move=STILL_BAD).exists()
    return None if said else until


def _still_bad_until(case: Case) -> datetime | None:
    """Closed by work: so many days from then (city.toml, [dispatch] still_bad_days, 示範值)."""
    by_work = case.state == State.CLOSED and case.outcome_known and case.agency_id is not None
    if not by_work or case.closed_at is None:
        return None
    return case.closed_at + timedelta(
        days=int(settings.CITY.get("dispatch", {}).get("still_bad_days", 7))
    )


def public_items(*, at: datetime) -> list[Item]:
    """What a citizen may report today, in the groups' order."""
    return [item for item in items_in_force(at=at) if item.is_public]


def items_in_force(*, at: datetime) -> list[Item]:
    """What can be reported today, in the groups' order."""
    on = at.astimezone(TAIPEI).date()
    items = Item.objects.filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=on))
    items = items.filter(in_force_from__lte=on).select_related("group")
    return list(items.order_by("group__rank", "rank"))


def items() -> list[Item]:
    """All items, for filters."""
    return list(Item.objects.select_related("group").order_by("group__rank", "rank"))


def item_names() -> dict[str, str]:
    """Item code → name, in the groups' order."""
    return dict(Item.objects.order_by("group__rank", "rank").values_list("code", "name"))


def group_names() -> dict[str, str]:
    """Group code → name, in the pack's order."""
    return dict(ItemGroup.objects.values_list("code", "name"))


def has_intake_key(key: str) -> bool:
    """Whether a report with this key was taken in."""
    return Case.objects.filter(intake_key=key).exists()
