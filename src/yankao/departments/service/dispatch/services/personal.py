"""Who reported, as the procedures of 個資法 ask for it: found, corrected, taken out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yankao.base.masking import masked
from yankao.base.subjects import Subject
from yankao.departments.service.dispatch.models import Case, Reporter
from yankao.departments.service.dispatch.workflow import KIND
from yankao.kernel.casework.personal import Held, ids_after, mask_history, mask_rows, reached_by
from yankao.kernel.obligations import services as obligations


class ReportersHeld:
    """Reporters; a part of a case has none of its own but repeats the words."""

    kind = KIND
    personal_title = gettext_lazy("派工通報")
    fields = ("name", "phone", "email")

    def id_of(self, number: str) -> int | None:
        rows = Case.objects.filter(
            number=number, whole=None, reporter__isnull=False, agency__isnull=False
        )
        return rows.values_list("pk", flat=True).first()

    def held(self, ids: Collection[int]) -> Mapping[int, Held]:
        rows = Reporter.objects.filter(pk__in=ids, case__agency__isnull=False)
        return {row.pk: _held(row) for row in rows.select_related("case__item")}

    def of_person(self, *, name: str, phone: str, email: str) -> Sequence[int]:
        reached = reached_by(phone=phone, email=email)
        rows = Reporter.objects.filter(reached, name=name, case__agency__isnull=False)
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def around(self, id: int) -> Sequence[Subject]:
        """Parts of the case."""
        parts = Case.objects.filter(whole=id).order_by("pk").values_list("pk", flat=True)
        return [Subject(KIND, pk) for pk in parts]

    def correct(self, *, id: int, values: Mapping[str, str]) -> None:
        Reporter.objects.filter(pk=id).update(**values)

    def erase(self, *, id: int) -> None:
        """The reporter goes; in the words the name, address and numbers are masked."""
        row = Reporter.objects.filter(pk=id).first()
        words = [getattr(row, key) for key in self.fields] if row else []
        for case in Case.objects.filter(Q(pk=id) | Q(whole=id)):
            case.description = masked(case.description, words)
            case.place_words = masked(case.place_words, words)
            mask_history(case.entries.all(), words)
            mask_rows(case.extensions.all(), ["reason", "words"], words)
            obligations.mask_reasons(subject=Subject(KIND, case.pk), words=words)
            case.save(update_fields=["description", "place_words"])
        Reporter.objects.filter(pk=id).delete()

    def due(self, until: datetime) -> int:
        return _closed(until).count()

    def closed_before(self, until: datetime, *, after: int, limit: int) -> Sequence[int]:
        return ids_after(_closed(until), after, limit)


def _closed(until: datetime) -> QuerySet[Reporter]:
    """Of cases ended before then; of one with parts the last part, of a joined one its lead."""
    ended = Q(case__closed_at__lt=until) | Q(case__lead__closed_at__lt=until)
    open_parts = Case.objects.filter(whole__isnull=False).exclude(closed_at__lt=until)
    return Reporter.objects.filter(ended).exclude(pk__in=open_parts.values("whole"))


def _held(row: Reporter) -> Held:
    case = row.case
    assert case.agency_id is not None, "asked for with its agency"
    return Held(
        id=case.pk,
        number=case.number,
        agency=case.agency_id,
        item=case.item.plain_name,
        received_at=case.received_at,
        closed_at=case.closed_at,
        name=row.name,
        phone=row.phone,
        email=row.email,
        language=row.language,
        texts={_("說明"): case.description, _("地點"): case.place_words},
    )
