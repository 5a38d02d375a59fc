"""Calls an actor may see, and one of them."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import NotVisible
from yankao.departments.service.calls.models import Call, Caller, CallEvent, Words
from yankao.departments.service.calls.workflow import KIND, Permission


class NoSuchCall(NotVisible):
    """There is no such call, or not for this actor."""


def no_call() -> NoSuchCall:
    """The refusal."""
    return NoSuchCall("calls.not_found", _("找不到這通電話，或您無權查看。"))


def calls_for(actor: Actor) -> QuerySet[Call]:
    """Every call for who supervises or audits; for an agent their own."""
    if _sees_all(actor):
        return Call.objects.all()
    if actor.person_id is None or not actor.holds(Permission.READ):
        return Call.objects.none()
    return Call.objects.filter(agent=actor.person_id)


def may_see(actor: Actor, call: Call) -> bool:
    """Whether the call is among ``calls_for`` the actor."""
    return _sees_all(actor) or (
        actor.person_id is not None
        and call.agent_id == actor.person_id
        and actor.holds(Permission.READ)
    )


def _sees_all(actor: Actor) -> bool:
    return actor.holds(Permission.SUPERVISE)


def call_named(actor: Actor, number: str) -> Call:
    """The call of that number. Raises NoSuchCall."""
    digits = number[1:]
    if number[:1] != "T" or not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
        raise no_call()
    return call_for(actor, int(digits))


def call_for(actor: Actor, id: int) -> Call:
    """The call with caller and words. Raises NoSuchCall."""
    found = calls_for(actor).filter(pk=id).select_related("agent", "caller", "words").first()
    if found is None:
        raise no_call()
    return found


def own_call(actor: Actor, id: int) -> Call | None:
    """The call if the actor has it."""
    if actor.person_id is None or not actor.holds(Permission.DESK):
        return None
    rows = Call.objects.filter(pk=id, agent=actor.person_id)
    return rows.select_related("caller", "words").first()


def caller_of(call: Call) -> Caller | None:
    """Who called; None when the number was withheld or erased."""
    return getattr(call, "caller", None)


def masked_phone(phone: str) -> str:
    """The last three digits, enough to know a caller again in a list."""
    return f"…{phone[-3:]}" if phone else ""


def words_of(call: Call) -> Words | None:
    """What was typed."""
    return getattr(call, "words", None)


def history_of(call: Call) -> list[CallEvent]:
    """What the exchange told, in the order it happened."""
    return list(call.events.order_by("at", "id"))


class CallSubjects:
    """Calls as others name them."""

    kind = KIND

    def title(self, id: int) -> str:
        return _("通話 %(number)s") % {"number": Call(pk=id).number}

    def address(self, id: int) -> str:
        return reverse("service_calls:call", args=[Call(pk=id).number])

    def may_see(self, actor: Actor, id: int) -> bool:
        return calls_for(actor).filter(pk=id).exists()
