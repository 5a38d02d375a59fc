"""Who called, as the procedures of 個資法 ask for it: found, corrected, taken out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.subjects import Subject
from yankao.departments.service.calls.models import Call, CallCase, Caller, CallEvent, Words
from yankao.departments.service.calls.workflow import KIND
from yankao.kernel.casework.personal import Held
from yankao.kernel.casework.rules import phone_digits


class CallersHeld:
    """Callers' numbers, what they called themselves, and what was typed."""

    kind = KIND
    personal_title = gettext_lazy("1999 通話")
    fields = ("name", "phone")

    def id_of(self, number: str) -> int | None:
        digits = number[1:]
        if number[:1] != "T" or not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
            return None
        rows = Caller.objects.filter(pk=int(digits))
        return rows.values_list("pk", flat=True).first()

    def held(self, ids: Collection[int]) -> Mapping[int, Held]:
        rows = Caller.objects.filter(pk__in=ids).select_related("call__words")
        return {row.pk: _held(row) for row in rows}

    def of_person(self, *, name: str, phone: str, email: str) -> Sequence[int]:
        """Calls from the number, by whoever gave that name; withheld numbers are nobody's."""
        rows = Caller.objects.filter(digits__in=phone_digits(phone) if phone else [], name=name)
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def around(self, id: int) -> Sequence[Subject]:
        return []

    def correct(self, *, id: int, values: Mapping[str, str]) -> None:
        rows = Caller.objects.filter(pk=id)
        rows.update(**values)
        if values.get("phone"):
            rows.update(digits=phone_digits(values["phone"])[0])

    def erase(self, *, id: int) -> None:
        """Number, name and words go, and the digests a number could be guessed from; that
        somebody called stays."""
        CallEvent.objects.filter(call=id).update(digest="")
        Words.objects.filter(pk=id).delete()
        Caller.objects.filter(pk=id).delete()

    def due(self, until: datetime) -> int:
        return _closed(until).count()

    def closed_before(self, until: datetime, *, after: int, limit: int) -> Sequence[int]:
        rows = _closed(until).filter(pk__gt=after).order_by("pk")
        return list(rows.values_list("pk", flat=True)[:limit])


class CallEchoes:
    """A call that a case came out of tells about the same person."""

    def echoes(self, subject: Subject) -> Sequence[Subject]:
        rows = CallCase.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
        return [Subject(KIND, pk) for pk in rows.order_by("pk").values_list("call", flat=True)]


def _closed(until: datetime) -> QuerySet[Caller]:
    return Caller.objects.filter(call__ended_at__lt=until)


def _held(row: Caller) -> Held:
    call: Call = row.call
    words = getattr(call, "words", None)
    texts = {_("民眾說的"): words.text, _("地點"): words.place} if words else {}
    return Held(
        id=call.pk,
        number=call.number,
        agency=str(settings.CITY.get("calls", {}).get("agency", "")),
        item=_("1999 通話"),
        received_at=call.began_at,
        closed_at=call.ended_at,
        name=row.name,
        phone=row.phone,
        texts={title: text for title, text in texts.items() if text},
    )
