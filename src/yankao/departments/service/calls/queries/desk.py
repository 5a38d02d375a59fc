"""What an agent's desk shows."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from yankao.base.actors import Actor
from yankao.departments.service.calls.models import Call, Script, Seat
from yankao.departments.service.calls.rules import dangers, signing
from yankao.departments.service.calls.workflow import Happened, State

MOST_WAITING = 8
STALE = timedelta(hours=2)
"""A call nobody ended for so long is not shown as waiting: its end was lost."""
OPEN_FOR = timedelta(hours=12)
"""An agent's calls without a kind are asked for so long."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Calls that wait, longest first, the actor's own at work, and those that lack a kind."""

    waiting: list[Call]
    mine: list[Call]
    unsorted: list[Call]


def desk_of(actor: Actor, *, at: datetime) -> Desk:
    """The actor's desk. Two queries."""
    own = Q(agent=actor.person_id, kind="", began_at__gte=at - OPEN_FOR)
    own &= ~Q(state=State.ABANDONED)
    found = Call.objects.filter(own | _ringing(actor, at)).select_related("caller")
    calls = list(found.order_by("began_at", "id")[:50])
    mine = [call for call in calls if call.agent_id is not None]
    return Desk(
        waiting=[call for call in calls if call.agent_id is None][:MOST_WAITING],
        mine=[call for call in mine if call.ended_at is None],
        unsorted=[call for call in mine if call.ended_at is not None],
    )


def may_take(actor: Actor, call: Call, *, at: datetime) -> bool:
    """Whether the call rings at the actor's desk."""
    return Call.objects.filter(_ringing(actor, at), pk=call.pk).exists()


def _ringing(actor: Actor, at: datetime) -> Q:
    """Calls that ring for whoever sits where the actor does."""
    seat = seat_of(actor)
    ringing = Q(state=State.RINGING, ended_at=None, agent=None, began_at__gte=at - STALE)
    if seat is not None and seat.skills:
        ringing &= Q(queue__in=["", *seat.skills])
    if seat is not None:
        ringing &= Q(agent_login__in=["", seat.login])
    return ringing


def had_call(actor: Actor, call: Call) -> bool:
    """Whether the actor has or had the call: took it, or it was answered at or passed to them."""
    if actor.person_id is None:
        return False
    if actor.person_id in {call.agent_id, call.claimed_by_id}:
        return True
    seat = seat_of(actor)
    told = call.events.filter(happened__in=[Happened.ANSWERED, Happened.TRANSFERRED])
    return seat is not None and told.filter(agent_login=seat.login).exists()


def lost_to(actor: Actor, number: str) -> str:
    """Who answered a call that the actor had taken at the desk; "" when it is not so."""
    rows = Call.objects.filter(claimed_by=actor.person_id, agent__isnull=False)
    found = rows.exclude(agent=actor.person_id).select_related("agent")
    digits = number[1:]
    if actor.person_id is None or not digits.isascii() or not digits.isdecimal():
        return ""
    call = found.filter(pk=int(digits[:18])).first()
    return str(call.agent.name) if call is not None and call.agent is not None else ""


def seat_of(actor: Actor) -> Seat | None:
    """Where the actor sits."""
    if actor.person_id is None:
        return None
    return Seat.objects.filter(person=actor.person_id, is_active=True).first()


def seats() -> QuerySet[Seat]:
    """Every seat with its person."""
    return Seat.objects.select_related("person")


def simulated_seats() -> list[str]:
    """Seats of the simulated exchange: those nobody sits at, so that nobody's screen changes."""
    taken = set(Seat.objects.values_list("login", flat=True))
    return [login for login in (f"b{n:02}" for n in range(1, 33)) if login not in taken]


def is_known(exchange_id: str) -> bool:
    """Whether the exchange told of the call."""
    return Call.objects.filter(exchange_id=exchange_id).exists()


def id_of_exchange(exchange_id: str) -> int:
    """Our key of the exchange's call, 0 when it told of none."""
    rows = Call.objects.filter(exchange_id=exchange_id)
    return rows.values_list("pk", flat=True).first() or 0


def scripts_for(said: str) -> list[dangers.Script]:
    """What to tell the caller, if words of danger fell."""
    every = [dangers.read_script(row.table) for row in Script.objects.all()]
    return dangers.scripts_called(every, said)


def exchange_secrets() -> list[str]:
    """Secrets the exchange may sign with: ``YANKAO_EXCHANGE_SECRET``, two while it is changed.

    None = no exchange is connected; one too short to be a secret is none. In demo mode the
    simulated exchange has one of its own.
    """
    named = os.environ.get("YANKAO_EXCHANGE_SECRET", "").split(",")
    given = [one.strip() for one in named if signing.is_secret(one.strip())]
    if not given and settings.YANKAO_DEMO:
        return [salted_hmac("service.calls.exchange", "demo", algorithm="sha256").hexdigest()]
    return given
