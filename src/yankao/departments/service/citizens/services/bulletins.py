"""What goes to everybody's phone: written by one, sent by another, stopped by either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base import jobs
from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid
from yankao.base.subjects import Subject
from yankao.base.workflows import MoveImpossible
from yankao.departments.service.citizens import permissions, queries, rules
from yankao.departments.service.citizens.models import Bulletin
from yankao.departments.service.citizens.workflow import (
    BULLETIN,
    WORKFLOW,
    Move,
    Permission,
    State,
)
from yankao.kernel.places import queries as places
from yankao.kernel.trail import services as trail

SPREAD = "service.citizens.spread"
A_JOB = 500
"""Receivers of one job."""


class MayNotSend(Forbidden):
    """Not this person, or not alone."""


class BulletinWrong(Invalid):
    """Words, place or reason are missing."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent. ``districts`` are codes, ``villages`` names with their district
    (三民區安寧里); neither = the whole city."""

    category: str
    title: str
    words: str
    districts: Sequence[str] = ()
    villages: Sequence[str] = ()


def write_bulletin(*, draft: Draft, actor: Actor, at: datetime) -> Bulletin:
    """Write it down; nothing is sent yet. Raises MayNotSend, BulletinWrong."""
    if not actor.holds(Permission.WRITE):
        raise MayNotSend("citizens.may_not_write", _("您不能撰寫推播，請洽機關的帳號管理人。"))
    if draft.category not in rules.PUBLIC or not draft.title.strip() or not draft.words.strip():
        message = _("請選類別，並寫標題與內容。")
        raise BulletinWrong("citizens.bulletin_wrong", message, "title")
    districts, villages = _places(draft)
    with transaction.atomic():
        row = Bulletin.objects.create(
            category=draft.category,
            title=draft.title.strip(),
            words=draft.words.strip(),
            districts=districts,
            villages=villages,
            agency_id=actor.agency,
            state=State.WAITING,
            written_by=actor.key,
            written_by_name=actor.name,
            written_at=at,
        )
        _record("written", row, actor, at)
    return row


def move_bulletin(
    *, bulletin_id: int, move: Move, reason: str, actor: Actor, at: datetime
) -> Bulletin:
    """Send it, send it alone, return it or stop it; each once.

    Raises BulletinUnknown, MayNotSend, MoveImpossible, BulletinWrong.
    """
    with transaction.atomic():
        seen = queries.bulletin_for(actor, bulletin_id)
        row = Bulletin.objects.select_for_update(of=("self",)).get(pk=seen.pk)
        edge = WORKFLOW.edge(move, State(row.state))
        if edge is None:
            message = _("這一則的狀態已經改變，請重新開啟這一頁。")
            raise MoveImpossible("citizens.move_impossible", message)
        if not permissions.may(actor, row, move):
            message = _(
                "寫的人不能自己發，請科長、首長或研考會的另一個人發；災害通報可以寫明原因立即發。"
            )
            raise MayNotSend("citizens.may_not_send", message)
        if move is not Move.SEND and not reason.strip():
            raise BulletinWrong("citizens.reason_missing", _("請寫原因。"), "reason")
        row.state, row.reason = edge.target, reason.strip()[:300]
        row.decided_by_name, row.decided_at = actor.name, at
        if edge.target == State.SENT:
            _send(row, at)
        row.save()
        _record(move, row, actor, at, reason=row.reason)
    return row


def _send(row: Bulletin, at: datetime) -> None:
    ids = queries.receivers_of(row)
    row.sent_at, row.receivers = at, len(ids)
    for start in range(0, len(ids), A_JOB):
        jobs.defer(SPREAD, bulletin_id=row.pk, subscription_ids=ids[start : start + A_JOB])


def _places(draft: Draft) -> tuple[list[str], list[str]]:
    known = {one.code for one in places.districts()}
    if not known.issuperset(draft.districts):
        raise BulletinWrong("citizens.bulletin_place", _("請從清單選行政區。"), "districts")
    codes = []
    for name in draft.villages:
        code = _village(name.strip())
        if code is None:
            message = _("沒有「%(name)s」這個里。請寫行政區與里，例如：三民區安寧里。")
            raise BulletinWrong("citizens.bulletin_village", message % {"name": name}, "villages")
        codes.append(code)
    return sorted(set(draft.districts)), sorted(set(codes))


def _village(name: str) -> str | None:
    for district in places.districts():
        if name.startswith(district.name):
            rest = name.removeprefix(district.name).strip()
            villages = places.villages_of(district.code)
            return next((one.code for one in villages if one.name == rest), None)
    return None


def _record(verb: str, row: Bulletin, actor: Actor, at: datetime, *, reason: str = "") -> None:
    new: dict[str, Any] = {"category": row.category, "title": row.title, "state": str(row.state)}
    if row.state == State.SENT:
        new["receivers"] = row.receivers
    trail.record(
        actor=actor,
        action=f"service.citizens.bulletin_{verb}",
        subject=Subject(BULLETIN, row.pk),
        at=at,
        new=new,
        reason=reason,
        agency=row.agency_id,
    )
