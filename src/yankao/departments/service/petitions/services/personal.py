"""Who petitions, as the procedures of 個資法 ask for it: found, corrected, taken out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.masking import masked
from yankao.base.subjects import Subject
from yankao.departments.service.petitions.models import Letter, Petition, Petitioner
from yankao.departments.service.petitions.workflow import KIND, LETTER
from yankao.kernel.casework.personal import (
    CONTACT,
    Held,
    ids_after,
    mask_history,
    mask_rows,
    reached_by,
)
from yankao.kernel.obligations import services as obligations


class PetitionersHeld:
    """Petitioners; a part of a petition has none of its own but repeats the words."""

    kind = KIND
    personal_title = gettext_lazy("人民陳情")
    fields = CONTACT

    def id_of(self, number: str) -> int | None:
        rows = Petition.objects.filter(number=number, whole=None, petitioner__isnull=False)
        return rows.values_list("pk", flat=True).first()

    def held(self, ids: Collection[int]) -> Mapping[int, Held]:
        rows = Petitioner.objects.filter(pk__in=ids).select_related("petition__item")
        return {row.pk: _held(row) for row in rows}

    def of_person(self, *, name: str, phone: str, email: str) -> Sequence[int]:
        reached = reached_by(phone=phone, email=email)
        rows = Petitioner.objects.filter(reached, name=name)
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def around(self, id: int) -> Sequence[Subject]:
        """Parts, and the letter to the mailbox it began as."""
        parts = Petition.objects.filter(whole=id).order_by("pk").values_list("pk", flat=True)
        letters = Letter.objects.filter(petition=id).values_list("pk", flat=True)
        return [*(Subject(KIND, pk) for pk in parts), *(Subject(LETTER, pk) for pk in letters)]

    def correct(self, *, id: int, values: Mapping[str, str]) -> None:
        Petitioner.objects.filter(pk=id).update(**values)

    def erase(self, *, id: int) -> None:
        """The petitioner goes; in the words the name, address and numbers are masked."""
        row = Petitioner.objects.filter(pk=id).first()
        words = [getattr(row, key) for key in CONTACT] if row else []
        for case in Petition.objects.filter(Q(pk=id) | Q(whole=id)):
            case.title, case.content = masked(case.title, words), masked(case.content, words)
            case.place_words = masked(case.place_words, words)
            case.answer_told = masked(case.answer_told, words)
            mask_history(case.entries.all(), words)
            mask_rows(case.declines.all(), ["note", "text"], words)
            mask_rows(case.extensions.all(), ["reason", "words"], words)
            obligations.mask_reasons(subject=Subject(KIND, case.pk), words=words)
            case.save(update_fields=["title", "content", "place_words", "answer_told"])
        Petitioner.objects.filter(pk=id).delete()

    def due(self, until: datetime) -> int:
        return _closed(until).count()

    def closed_before(self, until: datetime, *, after: int, limit: int) -> Sequence[int]:
        return ids_after(_closed(until), after, limit)


def _closed(until: datetime) -> QuerySet[Petitioner]:
    """Of petitions ended before then; of one with parts the last part counts."""
    open_parts = Petition.objects.filter(whole__isnull=False).exclude(closed_at__lt=until)
    return Petitioner.objects.filter(petition__closed_at__lt=until).exclude(
        pk__in=open_parts.values("whole")
    )


def _held(row: Petitioner) -> Held:
    case = row.petition
    return Held(
        id=case.pk,
        number=case.number,
        agency=case.agency_id,
        item=case.item.name,
        received_at=case.received_at,
        closed_at=case.closed_at,
        name=row.name,
        phone=row.phone,
        email=row.email,
        language=row.language,
        address=row.address,
        texts={
            _("主旨"): case.title,
            _("內容"): case.content,
            _("地點"): case.place_words,
        },
    )
