"""What the open interfaces tell about cases: public facts, coarse places, no person, no free text.

Every column that may leave the house through an open interface is named here and nowhere else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from yankao.base.errors import NotVisible
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import rules
from yankao.departments.service.dispatch.models import Case, CaseEntry
from yankao.departments.service.dispatch.workflow import ENDED, KIND, WORKFLOW, State
from yankao.kernel.files import queries as files

_REMARK_SHOWN = ENDED | {State.VERIFIED}
CHUNK_ROWS = 5_000


class NoSuchOpenCase(NotVisible):
    """No case of that number."""


@dataclass(frozen=True, slots=True)
class OpenFilter:
    """What an open list is narrowed to; empty = everything.

    Lower bounds are inclusive, upper ones exclusive. ``numbers`` outweigh all else.
    """

    numbers: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    is_open: bool | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
    updated_from: datetime | None = None
    updated_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case as anybody may know it; the point is coarse, ``remark`` verified or of an end.

    Parts given to several agencies are not told beside their whole; a joined case is due when the
    leading one is.
    """

    id: int
    number: str
    state: str
    is_open: bool
    outcome_known: bool
    remark: str
    channel: str
    item: str
    item_name: str
    item_full_name: str
    agency: str
    received_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    district_code: str
    district: str
    village_code: str
    village: str
    lat: float | None
    lng: float | None


@dataclass(frozen=True, slots=True)
class OpenUpdate:
    """One public step of a case; ``remark`` only with the last step of a case that has ended."""

    id: int
    number: str
    move: str
    at: datetime
    is_open: bool
    remark: str


def is_open(state: str) -> bool:
    """Open or closed in the sense of Open311; a state nobody thought of is open."""
    return state not in ENDED


def open_cases(wanted: OpenFilter, *, page: int, page_size: int) -> list[OpenCase]:
    """One page, the latest received first. One query."""
    first = (page - 1) * page_size
    cases = _narrowed(wanted).order_by("-received_at", "-id")
    return [_open_case(row) for row in _rows(cases)[first : first + page_size]]


def open_case(number: str) -> OpenCase:
    """The case of that number. Raises NoSuchOpenCase."""
    row = _rows(_narrowed(OpenFilter(numbers=(number,)))).first()
    if row is None:
        raise NoSuchOpenCase("dispatch.open311_unknown_request", _("查無這個案號。"), "number")
    return _open_case(row)


def shared_case(number: str) -> OpenCase:
    """As ``open_case``, for the page people pass on; a joined one stands as its leading one does.

    Raises NoSuchOpenCase.
    """
    case = open_case(number)
    lead = Case.objects.filter(pk=case.id).values_list("lead__state", "lead__agency__name").first()
    if case.state != State.JOINED or lead is None or lead[0] is None:
        return case
    return replace(case, state=lead[0], agency=lead[1] or "")


def pictures_shown(case: OpenCase) -> list[files.PublishedView]:
    """What an officer made public of the case, oldest first."""
    return list(files.published_of(Subject(KIND, case.id)))


def every_open_case(wanted: OpenFilter) -> Iterator[OpenCase]:
    """All matching cases in order of receipt, read in pieces."""
    cases = _rows(_narrowed(wanted).order_by("received_at", "id"))
    return (_open_case(row) for row in cases.iterator(chunk_size=CHUNK_ROWS))


def pictures_of(cases: Sequence[OpenCase]) -> dict[str, str]:
    """Number → the path of the latest picture an officer made public. One query."""
    numbers = {case.id: case.number for case in cases}
    found = files.published_among(KIND, numbers)
    return {numbers[pk]: pictures[-1].url for pk, pictures in found.items()}


def updates_of(cases: Sequence[OpenCase], *, moves: Sequence[str]) -> dict[str, list[OpenUpdate]]:
    """Number → its steps among ``moves``, the earliest first. One query."""
    updates: dict[str, list[OpenUpdate]] = {}
    entries = CaseEntry.objects.filter(case__in=[case.id for case in cases], move__in=moves)
    for row in _step_rows(entries):
        updates.setdefault(row[1], []).append(_open_update(row))
    return updates


def open_updates(
    *,
    moves: Sequence[str],
    numbers: Sequence[str],
    since: datetime,
    until: datetime,
    page: int,
    page_size: int,
) -> list[OpenUpdate]:
    """One page of steps among ``moves`` in [since, until), the earliest first. One query."""
    entries = CaseEntry.objects.filter(
        at__gte=since, at__lt=until, move__in=moves, case__whole__isnull=True
    )
    if numbers:
        entries = entries.filter(case__number__in=numbers)
    first = (page - 1) * page_size
    return [_open_update(row) for row in _step_rows(entries)[first : first + page_size]]


def _step_rows(entries: QuerySet[CaseEntry]) -> Any:
    return entries.order_by("at", "id").values_list(
        "id", "case__number", "move", "at", "case__state", "case__public_remark"
    )


def _open_update(row: tuple[Any, ...]) -> OpenUpdate:
    id_, number, move, at, state, remark = row
    goes_on = not _ends(move)
    return OpenUpdate(id_, number, move, at, goes_on, "" if goes_on else _shown(state, remark))


def _ends(move: str) -> bool:
    """Whether the workflow's move leads only to states in which nothing more is done."""
    targets = {edge.target for edge in WORKFLOW.edges if edge.move == move}
    return bool(targets) and targets <= ENDED


def _shown(state: str, remark: str) -> str:
    return remark if state in _REMARK_SHOWN else ""


def _narrowed(wanted: OpenFilter) -> QuerySet[Case]:
    last_step = CaseEntry.objects.filter(case=OuterRef("pk")).order_by("-at").values("at")[:1]
    cases = Case.objects.filter(whole__isnull=True).annotate(
        updated_at=Greatest("recorded_at", Subquery(last_step)),
        due_at=Coalesce("handling__due_at", "lead__handling__due_at"),
    )
    if wanted.numbers:
        return cases.filter(number__in=wanted.numbers)
    if wanted.is_open is not None:
        ended = Q(state__in=ENDED)
        cases = cases.filter(~ended if wanted.is_open else ended)
    if wanted.items:
        cases = cases.filter(item__in=wanted.items)
    if wanted.updated_from is not None:  # not by updated_at: that would look up every case
        moved = CaseEntry.objects.filter(at__gte=wanted.updated_from).values("case")
        cases = cases.filter(Q(recorded_at__gte=wanted.updated_from) | Q(pk__in=moved))
    bounds = {
        "received_at__gte": wanted.received_from,
        "received_at__lt": wanted.received_until,
        "updated_at__lt": wanted.updated_until,
    }
    return cases.filter(**{name: value for name, value in bounds.items() if value is not None})


_COLUMNS = (
    "id", "number", "state", "outcome_known", "public_remark", "channel", "item_id",
    "item__plain_name", "item__name", "agency__name", "received_at", "updated_at", "closed_at",
    "due_at", "district_id", "district__name", "village_id", "village__name", "lat",
    "lng",
)  # fmt: skip


def _rows(cases: QuerySet[Case]) -> Any:
    return cases.values_list(*_COLUMNS, named=True)


def _open_case(row: Any) -> OpenCase:
    has_point = row.lat is not None and row.lng is not None
    lat, lng = rules.coarse_point(float(row.lat), float(row.lng)) if has_point else (None, None)
    return OpenCase(
        id=row.id,
        number=row.number,
        state=row.state,
        is_open=is_open(row.state),
        outcome_known=row.outcome_known,
        remark=_shown(row.state, row.public_remark),
        channel=row.channel,
        item=row.item_id,
        item_name=row.item__plain_name,
        item_full_name=row.item__name,
        agency=row.agency__name or "",
        received_at=row.received_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
        due_at=row.due_at,
        district_code=row.district_id or "",
        district=row.district__name or "",
        village_code=row.village_id or "",
        village=row.village__name or "",
        lat=lat,
        lng=lng,
    )
