"""A case in other hands: to another agency (改分), or a part of it to several (分辦)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import reserve_ids
from yankao.base.errors import Invalid, Refused
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch import events
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.services import clocks, common, intake, joining, moving
from yankao.departments.service.dispatch.workflow import KIND, Move, Permission, State
from yankao.kernel.casework import handing
from yankao.kernel.casework.desk import plain
from yankao.kernel.files import queries as attachments
from yankao.kernel.files import services as files
from yankao.kernel.people import services as people
from yankao.kernel.trail import services as trail

MOST_PARTS = 5


class NoSuchAgency(Invalid):
    """The agency does not exist, or holds the case already."""


class GoesInCircles(Refused):
    """The agency had the case before, or it moved too often: the commission decides."""


class PartsWrong(Invalid):
    """A split names no agency, one twice, or too many."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one more agency is to do."""

    agency: str
    words: str


def reassign_case(*, number: str, agency: str, reason: str, actor: Actor, at: datetime) -> Case:
    """Hand the case and those joined to it to another agency, to be signed in there (ADR 0016).

    The new agency gets a term of its own; the first promise to the citizen stays as it was. The
    former owner keeps reading its period. An agency that had the case before can be given it only
    by the commission, who is warned when a case has moved often (city.toml, [dispatch]).
    Raises NoSuchAgency, GoesInCircles, NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.REASSIGN)
        reason = moving.needed(reason, _("請寫明改分的原因，讓接手的機關知道。"))
        _check_agency(case, agency)
        _check_circle(case, agency, actor)
        clocks.drop_extension(case, actor=actor, at=at)
        moving.lapse(case.handling_id, f"改分：{reason}", actor=actor, at=at)
        before = case.agency_id
        handling = _hand(case, agency, actor=actor, at=at)
        joining.hand_with(case, actor=actor, at=at)
        fields = ["agency", "unit", "officer", "accepted_at", "handling", "reassignments"]
        case = moving.moved(case, Move.REASSIGN, fields, actor=actor, at=at, words=reason)
        common.tell_agency(case, "dispatch.assigned", due_at=handling.due_at, at=at)
        _warn_commission(case, at=at)
        announce(events.REASSIGNED, case_id=case.pk, from_agency=before, to_agency=agency)
        return case


def _hand(case: Case, agency: str, *, actor: Actor, at: datetime) -> Any:
    case.agency_id, case.unit_id, case.officer_id, case.accepted_at = agency, None, None, None
    case.reassignments += 1
    people.hand_over(subject=Subject(KIND, case.pk), to_agency=agency, actor=actor, at=at)
    handling = common.open_obligation(
        case, kind=common.HANDLE, term=case.item.term, actor=actor, at=at
    )
    case.handling_id = handling.pk
    return handling


def _check_agency(case: Case, agency: str) -> None:
    if not handing.is_agency(agency):
        raise NoSuchAgency("dispatch.no_such_agency", _("請選擇要接手的機關。"), "agency")
    if agency == case.agency_id:
        raise NoSuchAgency(
            "dispatch.same_agency", _("案件已在這個機關，請選擇其他機關。"), "agency"
        )


def _check_circle(case: Case, agency: str, actor: Actor) -> None:
    """Between agencies a case goes forth but not back; only the commission may decide that."""
    if handing.goes_in_circles(
        Subject(KIND, case.pk),
        agency,
        times=case.reassignments,
        allowed=handing.reassignments_allowed("dispatch"),
        permission=Permission.REASSIGN,
        actor=actor,
    ):
        message = _("這個案件曾在該機關，或已改分多次，不能再互相改分。請聯絡研考會決定主辦機關。")
        raise GoesInCircles("dispatch.goes_in_circles", message, "agency")


def _warn_commission(case: Case, *, at: datetime) -> None:
    if case.reassignments >= handing.reassignments_allowed("dispatch"):
        context = {**common.context_of(case, None), "times": str(case.reassignments)}
        handing.warn_commission("dispatch.loop", Subject(KIND, case.pk), context, at=at)


def split_case(
    *, number: str, parts: Sequence[Part], actor: Actor, at: datetime
) -> tuple[Case, ...]:
    """Give a part to each of some more agencies; the case itself stays and closes last.

    Each part is a case with a number of its own (the case's with -1, -2 …), its own term and
    clock, the same place and photos, and without the reporter, who hears from the whole alone.
    Raises PartsWrong, NoSuchAgency, NoReason, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = moving.locked(number, actor, Move.SPLIT)
        _check_parts(case, parts)
        first = case.parts.count() + 1
        made = tuple(
            _split_off(case, part, place, actor=actor, at=at)
            for place, part in enumerate(parts, start=first)
        )
        words = "；".join(f"{part.number} {part.agency.name}" for part in made if part.agency)
        moving.moved(case, Move.SPLIT, [], actor=actor, at=at, words=words)
        return made


def _check_parts(case: Case, parts: Sequence[Part]) -> None:
    agencies = [part.agency for part in parts]
    if not parts or len(parts) > MOST_PARTS or len(set(agencies)) < len(agencies):
        message = _("請選擇 1 到 %(most_parts)s 個不同的機關。") % {"most_parts": MOST_PARTS}
        raise PartsWrong("dispatch.parts_wrong", message, "parts")
    for part in parts:
        _check_agency(case, part.agency)
        moving.needed(part.words, _("請寫明要這個機關做什麼。"))


def _split_off(whole: Case, part: Part, place: int, *, actor: Actor, at: datetime) -> Case:
    case = Case(
        pk=reserve_ids(Case, 1)[0],
        number=f"{whole.number}-{place}",
        item=whole.item,
        state=State.RECEIVED,
        channel=whole.channel,
        description=part.words.strip(),
        received_at=at,
        recorded_at=at,
        agency_id=part.agency,
        whole=whole,
        is_urgent=whole.is_urgent,
        district_id=whole.district_id,
        village_id=whole.village_id,
        lat=whole.lat,
        lng=whole.lng,
        place_words=whole.place_words,
        place_problem=whole.place_problem,
    )
    due_at = intake.store_case(case, actor=actor, at=at)
    people.open_tenure(subject=Subject(KIND, case.pk), agency=part.agency, actor=actor, at=at)
    moving.write_entry(case, "received", actor=actor, at=at, words=whole.number)
    trail.record(
        actor=actor,
        action="service.dispatch.received",
        subject=Subject(KIND, case.pk),
        at=at,
        new=plain(case, ["number", "whole", "agency", "promise"]),
        personal={"description": case.description},
        agency=part.agency,
    )
    common.tell_agency(case, "dispatch.assigned", due_at=due_at, at=at)
    common.attach(_photos_of(whole), case, purpose="report", actor=actor, at=at)
    return case


def _photos_of(case: Case) -> list[files.Kept]:
    return [
        files.Kept(a.sha256, a.size, a.media_type, a.width, a.height, a.name)
        for a in attachments.attachments_of(Subject(KIND, case.pk), purposes=["report"])
    ]
