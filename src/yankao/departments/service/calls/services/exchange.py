"""What the telephone exchange tells: each event once, in any order."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Invalid, Refused
from yankao.departments.service.calls.models import Call, Caller, CallEvent, Seat
from yankao.departments.service.calls.rules.story import Event, Story, story_of
from yankao.departments.service.calls.workflow import Happened
from yankao.kernel.casework.rules import phone_digits

AHEAD = timedelta(minutes=5)
"""An exchange's clock may run so far ahead of ours."""
OLDEST = timedelta(days=7)
"""How late an event may be told, after an outage; 示範值."""


FORGOTTEN = ""
"""The digest of an event whose caller was erased: told again it is known, whatever it says."""


class EventWrong(Invalid):
    """An event of a time to come, or too long ago."""


class EventChanged(Refused):
    """An event of that id was told before, with another content."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it was sent; ``call`` is the exchange's name for the call."""

    id: str
    call: str
    happened: Happened
    at: datetime
    agent: str = ""
    queue: str = ""
    caller: str = ""
    level: int | None = None

    @property
    def digest(self) -> str:
        """What the event said, for telling a repetition from a contradiction."""
        values = [self.call, self.happened, self.at.timestamp(), self.agent, self.queue]
        said = json.dumps([*values, self.caller, self.level], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events were new, and how many were known."""

    new: int
    known: int


def take_events(events: Sequence[Told], *, actor: Actor, at: datetime) -> Taken:
    """Write the events down and rebuild their calls; all or nothing.

    An event told again changes nothing. Raises EventWrong, EventChanged.
    """
    by_call: dict[str, list[Told]] = {}
    for event in events:
        if not at - OLDEST <= event.at <= at + AHEAD:
            message = _("事件 %(id)s 的時間不在可接受的範圍，請檢查交換機的時鐘。")
            raise EventWrong("calls.event_time", message % {"id": event.id}, "at")
        by_call.setdefault(event.call, []).append(event)
    with transaction.atomic():
        seats = dict(Seat.objects.values_list("login", "person_id"))
        # one order for all, so that two deliveries never wait for each other
        new = sum(_take(id, by_call[id], seats, at) for id in sorted(by_call))
    return Taken(new, len(events) - new)


def _take(exchange_id: str, events: Sequence[Told], seats: dict[str, int], at: datetime) -> int:
    call = _locked(exchange_id, events[0].at)
    known = {row.event_id: row for row in call.events.all()}
    if any(row.digest == FORGOTTEN for row in known.values()):
        events = [replace(event, caller="") for event in events]
    elsewhere = CallEvent.objects.filter(event_id__in=[one.id for one in events]).exclude(call=call)
    known |= {row.event_id: row for row in elsewhere}
    new = []
    for event in events:
        row = known.get(event.id)
        if row is None:
            known[event.id] = _row(call, event, at)
            new.append(known[event.id])
        elif row.digest not in {event.digest, FORGOTTEN}:
            message = _("事件 %(id)s 先前傳過不同的內容。") % {"id": event.id}
            raise EventChanged("calls.event_changed", message, "id")
    if new:
        CallEvent.objects.bulk_create(new)
        _keep_caller(call, events)
        _rebuild(call, [_event(row) for row in known.values() if row.call_id == call.pk], seats)
    return len(new)


def _locked(exchange_id: str, at: datetime) -> Call:
    Call.objects.bulk_create(
        [Call(exchange_id=exchange_id, state="ringing", began_at=at)], ignore_conflicts=True
    )
    return Call.objects.select_for_update().get(exchange_id=exchange_id)


def _row(call: Call, event: Told, at: datetime) -> CallEvent:
    return CallEvent(
        call=call,
        event_id=event.id,
        happened=event.happened,
        at=event.at,
        agent_login=event.agent,
        queue=event.queue,
        level=event.level,
        digest=event.digest,
        received_at=at,
    )


def _event(row: CallEvent) -> Event:
    happened = Happened(row.happened)
    return Event(row.event_id, happened, row.at, row.agent_login, row.queue, row.level)


def _keep_caller(call: Call, events: Sequence[Told]) -> None:
    phone = next((event.caller for event in events if event.caller), "")
    if phone:
        number = {"phone": phone, "digits": phone_digits(phone)[0]}
        _caller, is_new = Caller.objects.get_or_create(call=call, defaults=number)
        if not is_new:
            Caller.objects.filter(call=call, phone="").update(**number)


def _rebuild(call: Call, events: Sequence[Event], seats: dict[str, int]) -> None:
    story: Story = story_of(events)
    call.state, call.queue, call.agent_login = story.state, story.queue, story.agent
    # whoever sits where it was answered has the call; a claim counts until then
    answerer = seats.get(story.agent) if story.answered_at else None
    call.agent_id = answerer or call.claimed_by_id
    call.began_at, call.answered_at = story.began_at, story.answered_at
    call.ended_at, call.held_seconds = story.ended_at, story.held_seconds
    call.transfers, call.level = story.transfers, story.level
    call.save()
