"""Calls in the house's one search: by number and kind; nothing callers said."""

from collections.abc import Iterator, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yankao.base.actors import Actor
from yankao.departments.service.calls.models import Call
from yankao.departments.service.calls.queries.calls import calls_for
from yankao.departments.service.calls.queries.words import KIND_WORDS, STATE_WORDS
from yankao.departments.service.calls.workflow import KIND, Permission
from yankao.kernel.search.documents import Document


class CallSearch:
    """Calls as documents, once somebody said what they were."""

    kind = KIND
    search_title = _("1999 通話")
    permission = Permission.SUPERVISE

    def documents(self, ids: Sequence[int]) -> Iterator[Document]:
        rows = Call.objects.filter(pk__in=ids).exclude(kind="").prefetch_related("cases")
        return map(_document, rows)

    def all_ids(self) -> Iterator[int]:
        rows = Call.objects.exclude(kind="").order_by("pk")
        return rows.values_list("pk", flat=True).iterator(10_000)

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        seen = calls_for(actor).filter(pk__in=ids)
        return {call.pk: reverse("service_calls:call", args=[call.number]) for call in seen}


def _document(call: Call) -> Document:
    return Document(
        id=call.pk,
        number=call.number,
        title=str(KIND_WORDS[call.kind]),
        body=" ".join(one.number for one in call.cases.all()),
        place="",
        agency=None,
        at=call.began_at,
        state=STATE_WORDS[call.state],
    )
