"""Cases in the house's one search: what the city wrote and the words of the report, no person."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from yankao.base.actors import Actor
from yankao.departments.service.dispatch.models import Case
from yankao.departments.service.dispatch.queries.cases import CaseSubjects
from yankao.departments.service.dispatch.workflow import KIND, Permission, State
from yankao.kernel.search.documents import Document

STATE_WORDS = {
    State.RECEIVED: _("待簽收"),
    State.ACCEPTED: _("處理中"),
    State.PAUSED: _("暫停"),
    State.DONE: _("待查驗"),
    State.VERIFIED: _("待查驗"),
    State.CLOSED: _("已結案"),
    State.CANCELLED: _("已註銷"),
    State.JOINED: _("併案"),
}


class CaseSearch:
    """Cases as documents."""

    kind = KIND
    search_title = _("派工案件")
    permission = Permission.READ

    def documents(self, ids: Sequence[int]) -> Iterator[Document]:
        cases = Case.objects.select_related("item", "district", "village").filter(pk__in=ids)
        return map(_document, cases)

    def all_ids(self) -> Iterator[int]:
        return Case.objects.order_by("pk").values_list("pk", flat=True).iterator(10_000)

    def addresses_for(self, actor: Actor, ids: Sequence[int]) -> Mapping[int, str]:
        return CaseSubjects().addresses_for(actor, ids)


def _document(case: Case) -> Document:
    names = [case.district.name if case.district else "", case.village.name if case.village else ""]
    told = [name for name in names if name not in case.place_words]
    return Document(
        id=case.pk,
        number=case.number,
        title=case.item.name,
        body="　".join(filter(None, [case.description, case.public_remark])),
        place="　".join(filter(None, ["".join(told), case.place_words])),
        agency=case.agency_id,
        at=case.received_at,
        state=STATE_WORDS[State(case.state)],
    )
