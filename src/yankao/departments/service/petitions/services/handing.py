"""A petition in other hands: to another agency (改分), a part to several (分辦), copies (副知)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.copying import reserve_ids
from yankao.base.errors import Invalid, NotVisible, Refused
from yankao.base.events import announce
from yankao.base.subjects import Subject
from yankao.departments.service.petitions import events
from yankao.departments.service.petitions.models import Copy, Petition
from yankao.departments.service.petitions.services import common, intake
from yankao.departments.service.petitions.services import turns as path
from yankao.departments.service.petitions.services.moving import (
    DESK,
    EXTENSIONS,
    needed,
)
from yankao.departments.service.petitions.workflow import KIND, Move, Permission, State
from yankao.kernel.casework import desk as turns
from yankao.kernel.casework import handing
from yankao.kernel.casework.desk import plain
from yankao.kernel.files import queries as attachments
from yankao.kernel.files import services as files
from yankao.kernel.people import services as people
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail

MOST_PARTS = 5


class NoSuchAgency(Invalid):
    """The agency does not exist, or holds the petition already."""


class GoesInCircles(Refused):
    """The agency had the petition before, or it moved too often: the commission decides."""


class PartsWrong(Invalid):
    """A split names no agency, one twice, or too many."""


class NotTheSame(Invalid):
    """The other petition does not exist for the actor, or is this one."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one more agency is to answer."""

    agency: str
    words: str


def reassign_petition(
    *, number: str, agency: str, reason: str, actor: Actor, at: datetime
) -> Petition:
    """Hand the petition to another agency (§172), which signs it in; the citizen is told.

    The first promise to the citizen stays; the former owner keeps reading its period. An agency
    that had it before can be given it only by the commission, who is warned when it moved often
    (city.toml, [petitions] reassignments_allowed).
    Raises NoSuchAgency, GoesInCircles, NoReason, NotVisible, Overtaken, MoveRefused.
    """
    fields = ["agency", "unit", "officer", "accepted_at", "handling", "reassignments"]
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.REASSIGN)
        reason = needed(reason, _("請寫明改分的原因，讓接手的機關知道。"))
        _check_agency(case, agency)
        _check_circle(case, agency, actor)
        EXTENSIONS.drop(case, actor=actor, at=at)
        told = DESK.elsewhere(case, reason)
        path.drop_reply(case, told, actor=actor, at=at)
        turns.lapse(case.handling_id, f"改分：{told}", actor=actor, at=at)
        before = case.agency_id
        case.agency_id, case.unit_id, case.officer_id, case.accepted_at = agency, None, None, None
        case.reassignments += 1
        people.hand_over(subject=Subject(KIND, case.pk), to_agency=agency, actor=actor, at=at)
        common.note_agency(case, at=at)
        handling = common.open_handling(case, actor=actor, at=at)
        DESK.moved(case, Move.REASSIGN, fields, actor=actor, at=at, words=reason)
        common.tell_agency(case, "petitions.assigned", at=at, due=handling.due_at)
        common.tell_petitioner(case, "petitions.reassigned", at=at)
        _warn_commission(case, at=at)
        announce(events.REASSIGNED, petition_id=case.pk, from_agency=before, to_agency=agency)
        return case


def _check_agency(case: Petition, agency: str) -> None:
    if not handing.is_agency(agency):
        raise NoSuchAgency("petitions.no_such_agency", _("請選擇機關。"), "agency")
    if agency == case.agency_id:
        message = _("案件已在這個機關，請選擇其他機關。")
        raise NoSuchAgency("petitions.same_agency", message, "agency")


def _check_circle(case: Petition, agency: str, actor: Actor) -> None:
    if handing.goes_in_circles(
        Subject(KIND, case.pk),
        agency,
        times=case.reassignments,
        allowed=handing.reassignments_allowed("petitions"),
        permission=Permission.REASSIGN,
        actor=actor,
    ):
        message = _("這件陳情曾在該機關，或已改分多次，不能再互相改分。請聯絡研考會決定主辦機關。")
        raise GoesInCircles("petitions.goes_in_circles", message, "agency")


def _warn_commission(case: Petition, *, at: datetime) -> None:
    if case.reassignments >= handing.reassignments_allowed("petitions"):
        context = {**common.context_of(case), "times": str(case.reassignments)}
        handing.warn_commission("petitions.loop", Subject(KIND, case.pk), context, at=at)


def split_petition(
    *, number: str, parts: Sequence[Part], actor: Actor, at: datetime
) -> tuple[Petition, ...]:
    """Give a part to each of some more agencies, who answer the citizen each for itself.

    Each part is a petition with a number of its own (the whole's with -1, -2 …), its own clock and
    the whole's files; the whole closes last. Raises PartsWrong, NoSuchAgency, NoReason, NotVisible,
    Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.SPLIT)
        _check_parts(case, parts)
        first = case.parts.count() + 1
        made = tuple(
            _split_off(case, part, place, actor=actor, at=at)
            for place, part in enumerate(parts, start=first)
        )
        words = "；".join(f"{part.number} {part.agency.name}" for part in made)
        DESK.moved(case, Move.SPLIT, [], actor=actor, at=at, words=words)
        return made


def _check_parts(case: Petition, parts: Sequence[Part]) -> None:
    agencies = [part.agency for part in parts]
    if not parts or len(parts) > MOST_PARTS or len(set(agencies)) < len(agencies):
        message = _("請選擇 1 到 %(most_parts)s 個不同的機關。") % {"most_parts": MOST_PARTS}
        raise PartsWrong("petitions.parts_wrong", message, "parts")
    for part in parts:
        _check_agency(case, part.agency)
        needed(part.words, _("請寫明要這個機關答覆什麼。"))


def _split_off(whole: Petition, part: Part, place: int, *, actor: Actor, at: datetime) -> Petition:
    case = Petition(
        pk=reserve_ids(Petition, 1)[0],
        number=f"{whole.number}-{place}",
        item=whole.item,
        state=State.RECEIVED,
        channel=whole.channel,
        is_to_mayor=whole.is_to_mayor,
        is_confidential=whole.is_confidential,
        title=whole.title,
        content=f"{part.words.strip()}\n\n{whole.content}",
        received_at=at,
        recorded_at=at,
        district_id=whole.district_id,
        place_words=whole.place_words,
        agency_id=part.agency,
        whole=whole,
    )
    due_at = intake.store(case, actor=actor, at=at, opened_at=at)
    DESK.write_entry(case, "received", actor=actor, at=at, words=whole.number)
    trail.record(
        actor=actor,
        action="service.petitions.received",
        subject=Subject(KIND, case.pk),
        at=at,
        new=plain(case, ["number", "whole", "agency", "promise"]),
        personal={"title": case.title, "content": case.content},
        agency=part.agency,
    )
    common.tell_agency(case, "petitions.assigned", at=at, due=due_at)
    kept = [
        files.Kept(a.sha256, a.size, a.media_type, a.width, a.height, a.name)
        for a in attachments.attachments_of(Subject(KIND, whole.pk))
    ]
    common.attach(kept, Subject(KIND, case.pk), actor=actor, at=at)
    return case


def copy_petition(*, number: str, agency: str, actor: Actor, at: datetime) -> Petition:
    """Let another agency read along (副知); it owes nothing. Again = nothing new.

    Raises NoSuchAgency, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.COPY)
        _check_agency(case, agency)
        copy, is_new = Copy.objects.get_or_create(
            petition=case, agency_id=agency, defaults={"at": at}
        )
        if is_new:
            DESK.moved(case, Move.COPY, [], actor=actor, at=at, words=copy.agency.name)
            common.tell_agency(case, "petitions.copied", agency=agency, at=at)
        return case


# --- the same matter, and secrets ----------------------------------------------------------------


def link_petition(*, number: str, other: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """Mark the petition as the same matter as another; both stay and are answered each.

    Raises NotTheSame, NotVisible, Overtaken, MoveRefused.
    """
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.LINK)
        lead = _other(case, other, actor)
        case.same_as = lead
        words = f"{lead.number}　{reason.strip()}".strip()
        return DESK.moved(case, Move.LINK, ["same_as"], actor=actor, at=at, words=words)


def _other(case: Petition, number: str, actor: Actor) -> Petition:
    """The first petition of the matter, seen by the actor."""
    message = _("找不到這個案號，或就是這一件。請輸入另一件您看得到的陳情案號。")
    wrong = NotTheSame("petitions.not_the_same", message, "other")
    try:
        found = DESK.seen(number.strip().upper(), actor)
    except NotVisible:
        raise wrong from None
    lead = found.same_as or found
    if lead.pk == case.pk or lead.whole_id == case.pk or case.whole_id == lead.pk:
        raise wrong
    return lead


def unlink_petition(*, number: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """It is another matter after all. Raises NoReason, NotVisible, Overtaken, MoveRefused."""
    with transaction.atomic():
        case = DESK.locked(number, actor, Move.UNLINK)
        reason = needed(reason, _("請寫明為什麼不是同一事由。"))
        case.same_as = None
        return DESK.moved(case, Move.UNLINK, ["same_as"], actor=actor, at=at, words=reason)


def conceal_petition(*, number: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """Keep the petition secret (§170 II): only officer and approvers read it from now on.

    Its parts are kept secret with it. Raises NoReason, NotVisible, Overtaken, MoveRefused.
    """
    return _flagged(number, Move.CONCEAL, reason, actor=actor, at=at)


def reveal_petition(*, number: str, reason: str, actor: Actor, at: datetime) -> Petition:
    """It need not be secret any more. Raises NoReason, NotVisible, Overtaken, MoveRefused."""
    return _flagged(number, Move.REVEAL, reason, actor=actor, at=at)


def _flagged(number: str, move: Move, reason: str, *, actor: Actor, at: datetime) -> Petition:
    with transaction.atomic():
        case = DESK.locked(number, actor, move)
        reason = needed(reason, _("請寫明原因，稽核會看到。"))
        case.is_confidential = move == Move.CONCEAL
        case.parts.update(is_confidential=case.is_confidential)
        search.touch([Subject(KIND, part.pk) for part in case.parts.all()])
        fields = ["is_confidential"]
        return DESK.moved(case, move, fields, actor=actor, at=at, words=reason)
