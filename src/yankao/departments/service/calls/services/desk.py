"""At the desk: taking a call, what is typed, what the call was about."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden, Invalid, Refused
from yankao.base.masking import masked
from yankao.base.subjects import Subject
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.models import Call, CallCase, Caller, Words
from yankao.departments.service.calls.workflow import KIND, LIVE, CallKind, Permission, State
from yankao.kernel.answers import services as answers
from yankao.kernel.answers.queries import Reason
from yankao.kernel.people import queries as people
from yankao.kernel.search import services as search
from yankao.kernel.trail import services as trail

Values = Mapping[str, object]

LONGEST_WORDS = 5_000
LONGEST_PLACE = 200
LONGEST_NAME = 60


class CallTaken(Refused):
    """Somebody else has the call."""


class CallGone(Refused):
    """The caller hung up before anybody took the call."""


class NotYours(Forbidden):
    """Only whoever has the call writes about it."""


class WordsTooLong(Invalid):
    """More than can be kept."""


class KindWrong(Invalid):
    """An inquiry says whether it was answered at once; 錄案 comes of a case."""


def take_call(*, call_id: int, actor: Actor, at: datetime) -> Call:
    """The call is the actor's from now on; again changes nothing.

    Only what rings at the actor's desk. Raises NotVisible, CallTaken when somebody was faster,
    CallGone.
    """
    with transaction.atomic():
        call = _locked(call_id)
        if not actor.holds(Permission.DESK) or actor.person_id is None:
            raise queries.no_call()
        if call.agent_id == actor.person_id:
            return call
        if call.agent_id is not None:
            raise _taken(call)
        if call.state not in LIVE:
            raise CallGone("calls.gone", _("民眾已經掛斷了。請接下一通。"))
        if not queries.may_take(actor, call, at=at):
            raise queries.no_call()
        call.claimed_by_id = call.agent_id = actor.person_id
        call.save(update_fields=["claimed_by", "agent"])
        _record("service.calls.taken", call, actor, at)
    return call


def _taken(call: Call) -> CallTaken:
    assert call.agent_id is not None
    name = people.person_views([call.agent_id])[call.agent_id].name
    message = _("%(name)s 已經接了這通電話。請接下一通。") % {"name": name}
    return CallTaken("calls.taken", message)


def keep_words(
    *, call_id: int, text: str, place: str, name: str, actor: Actor, at: datetime
) -> Call:
    """Save what was typed so far; what was sent before the words kept, and is late, is left.

    Raises NotVisible, NotYours, WordsTooLong.
    """
    lengths = (len(text), LONGEST_WORDS), (len(place), LONGEST_PLACE), (len(name), LONGEST_NAME)
    if any(length > most for length, most in lengths):
        message = _("文字太長，最多 %(most)s 字。請縮短後再繼續。") % {"most": LONGEST_WORDS}
        raise WordsTooLong("calls.words_too_long", message, "text")
    with transaction.atomic():
        call = _own(call_id, actor)
        if Words.objects.filter(call=call, saved_at__gt=at).exists():
            return call
        kept = {"text": text.strip(), "place": place.strip(), "saved_at": at}
        Words.objects.update_or_create(call=call, defaults=kept)
        _keep_name(call, name.strip())
    return call


def _keep_name(call: Call, name: str) -> None:
    """Also of who withholds the number."""
    named = Caller.objects.filter(call=call).update(name=name)
    if name and not named:
        Caller.objects.create(call=call, name=name)


def classify_call(
    *, call_id: int, kind: CallKind, at_once: bool | None = None, actor: Actor, at: datetime
) -> Call:
    """Say what the call was about; may be corrected. Raises NotVisible, NotYours, KindWrong.

    An inquiry that could not be answered at once becomes work for who keeps the knowledge.
    """
    with transaction.atomic():
        call = _own(call_id, actor)
        words = queries.words_of(call)
        if (kind is CallKind.INQUIRY) != (at_once is not None):
            raise KindWrong("calls.at_once", _("諮詢請選有沒有當場答復。"), "kind")
        if kind is CallKind.RECORDED and not call.cases.exists():
            raise KindWrong("calls.no_case", _("錄案要先登錄派工或陳情。"), "kind")
        _classify(call, kind, at_once, actor, at)
        if at_once is False and words is not None:
            caller = queries.caller_of(call)
            text = masked(words.text, [caller.name if caller else "", words.place])
            answers.report_gap(text=text, reason=Reason.UNANSWERED, at=at)
    return call


def _classify(call: Call, kind: CallKind, at_once: bool | None, actor: Actor, at: datetime) -> None:
    old = {"kind": call.kind, "at_once": call.is_answered_at_once}
    call.kind, call.is_answered_at_once, call.classified_at = kind, at_once, at
    call.save(update_fields=["kind", "is_answered_at_once", "classified_at"])
    new = {"kind": kind, "at_once": at_once}
    search.touch([Subject(KIND, call.pk)])
    if new != old:
        _record("service.calls.classified", call, actor, at, old=old, new=new)


def tie_case(*, call_id: int, case: Subject, number: str, actor: Actor, at: datetime) -> None:
    """A case came out of the call, which is 錄案 from now on. Again changes nothing.

    The call may have been passed on meanwhile. One the actor never had, or whose caller hung up
    unheard, is left alone: the case stands without it.
    """
    with transaction.atomic():
        call = _locked(call_id)
        if call.state == State.ABANDONED or not queries.had_call(actor, call):
            return
        _row, is_new = CallCase.objects.get_or_create(
            call=call,
            subject_kind=case.kind,
            subject_id=case.id,
            defaults={"number": number, "tied_at": at},
        )
        if is_new:
            _record("service.calls.tied", call, actor, at, new={"case": number})
            _classify(call, CallKind.RECORDED, None, actor, at)


def open_call(*, number: str, actor: Actor, at: datetime) -> Call:
    """The call with its caller and words; a look by another than its agent is written down.

    Raises NotVisible.
    """
    call = queries.call_named(actor, number)
    tells = queries.caller_of(call) or queries.words_of(call)
    if call.agent_id != actor.person_id and tells is not None:
        _record("service.calls.caller_seen", call, actor, at)
    return call


def record_export(
    *, format: str, rows: int, filters: Mapping[str, str], actor: Actor, at: datetime
) -> None:
    """Who took how much of the list out, narrowed to what."""
    subject = Subject(KIND, 0)
    new = {"as": format, "rows": rows, "filters": dict(filters)}
    trail.record(actor=actor, action="service.calls.exported", subject=subject, at=at, new=new)


def _locked(call_id: int) -> Call:
    call = Call.objects.select_for_update().filter(pk=call_id).first()
    if call is None:
        raise queries.no_call()
    return call


def _own(call_id: int, actor: Actor) -> Call:
    call = _locked(call_id)
    if not queries.may_see(actor, call):
        raise queries.no_call()
    if call.agent_id != actor.person_id:
        raise NotYours("calls.not_yours", _("這通電話由別人接聽，只能查看。"))
    if call.state == State.ABANDONED:
        raise CallGone("calls.gone", _("民眾已經掛斷了。請接下一通。"))
    return call


def _record(
    action: str,
    call: Call,
    actor: Actor,
    at: datetime,
    *,
    old: Values | None = None,
    new: Values | None = None,
) -> None:
    subject = Subject(KIND, call.pk)
    trail.record(actor=actor, action=action, subject=subject, at=at, old=old, new=new)
