"""Who called, as the procedures of 個資法 ask for it: found, corrected, taken out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.masking import masked
from yankao.base.subjects import Subject
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.models import (
    Call,
    CallCase,
    Caller,
    CallEvent,
    ListenNote,
    Review,
    Words,
)
from yankao.departments.service.calls.workflow import KIND
from yankao.kernel.casework.personal import Held, ids_after
from yankao.kernel.casework.rules import phone_digits

_TELLS = Q(
    Exists(Caller.objects.filter(call=OuterRef("pk")))
    | Exists(Words.objects.filter(call=OuterRef("pk")))
    | Exists(ListenNote.objects.filter(call=OuterRef("pk")))
)
"""Something is kept of the person, also of who withheld the number."""


class CallersHeld:
    """Callers' numbers, what they called themselves, and what was typed."""

    kind = KIND
    personal_title = gettext_lazy("1999 通話")
    fields = ("name", "phone")

    def id_of(self, number: str) -> int | None:
        digits = number[1:]
        if number[:1] != "T" or not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
            return None
        rows = Call.objects.filter(_TELLS, pk=int(digits))
        return rows.values_list("pk", flat=True).first()

    def held(self, ids: Collection[int]) -> Mapping[int, Held]:
        rows = Call.objects.filter(_TELLS, pk__in=ids).select_related("caller", "words")
        return {call.pk: _held(call) for call in rows}

    def of_person(self, *, name: str, phone: str, email: str) -> Sequence[int]:
        """Calls from the number, by whoever gave that name; withheld numbers are nobody's."""
        numbers = [digits for digits in phone_digits(phone) if digits]
        rows = Caller.objects.filter(digits__in=numbers, name=name)
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def around(self, id: int) -> Sequence[Subject]:
        return []

    def correct(self, *, id: int, values: Mapping[str, str]) -> None:
        new = dict(values)
        if new.get("phone"):
            new["digits"] = phone_digits(new["phone"])[0]
        Caller.objects.update_or_create(call_id=id, defaults=new)

    def erase(self, *, id: int) -> None:
        """Number, name and words go, what others wrote of them, and the digests a number could be
        guessed from; that somebody called stays."""
        call = Call.objects.select_related("caller", "words").get(pk=id)
        _mask_review(call)
        ListenNote.objects.filter(call=id).delete()
        CallEvent.objects.filter(call=id).update(digest="")
        Words.objects.filter(pk=id).delete()
        Caller.objects.filter(pk=id).delete()

    def due(self, until: datetime) -> int:
        return _closed(until).count()

    def closed_before(self, until: datetime, *, after: int, limit: int) -> Sequence[int]:
        return ids_after(_closed(until), after, limit)


class CallEchoes:
    """A call that a case came out of tells about the same person."""

    def echoes(self, subject: Subject) -> Sequence[Subject]:
        rows = CallCase.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
        return [Subject(KIND, pk) for pk in rows.order_by("pk").values_list("call", flat=True)]


def _closed(until: datetime) -> QuerySet[Call]:
    """A call whose end was never told counts from its beginning."""
    over = Q(ended_at__lt=until) | Q(ended_at=None)
    return Call.objects.filter(_TELLS, over, began_at__lt=until)


def _mask_review(call: Call) -> None:
    caller, words = queries.caller_of(call), queries.words_of(call)
    names = [caller.name, caller.phone] if caller else []
    names += [words.place] if words else []
    for review in Review.objects.filter(call=call):
        review.objection = masked(review.objection, names)
        review.ruling = masked(review.ruling, names)
        review.save(update_fields=["objection", "ruling"])


def _held(call: Call) -> Held:
    caller, words = queries.caller_of(call), queries.words_of(call)
    texts = {_("民眾說的"): words.text, _("地點"): words.place} if words else {}
    return Held(
        id=call.pk,
        number=call.number,
        agency=str(settings.CITY.get("calls", {}).get("agency", "")),
        item=_("1999 通話"),
        received_at=call.began_at,
        closed_at=call.ended_at,
        name=caller.name if caller else "",
        phone=caller.phone if caller else "",
        texts={title: text for title, text in texts.items() if text},
    )
