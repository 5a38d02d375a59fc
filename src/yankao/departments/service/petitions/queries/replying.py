"""What ``kernel.replies`` asks about a petition: who answers whom, how, and by which chain."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from yankao.base.actors import Actor
from yankao.departments.service.petitions import permissions
from yankao.departments.service.petitions.models import Petition, Petitioner
from yankao.departments.service.petitions.queries.public import item_names
from yankao.departments.service.petitions.workflow import KIND, WORKFLOW, Move, Permission, State
from yankao.kernel.casework import lookups
from yankao.kernel.replies.declarations import Citizen, ReplyBrief


class PetitionReplies:
    """Petitions as something one replies to. The mayor's mailbox has a chain of its own."""

    kind = KIND
    reply_placeholders: Mapping[str, Any] = {"district": _("行政區"), "subject": _("主旨")}
    reply_stages: ClassVar[Mapping[str, Any]] = {"final": _("答覆")}

    def reply_items(self) -> Mapping[str, Any]:
        return item_names()

    def reply_brief(self, id: int, agency: str) -> ReplyBrief | None:
        rows = Petition.objects.select_related("item", "district", "promise")
        case = rows.filter(pk=id, agency=agency).first()
        if case is None:
            return None
        token = lookups.token_of(case.number)
        return ReplyBrief(
            number=case.number,
            title=case.item.name,
            citizen=_citizen(case),
            item=case.item_id,
            item_name=case.item.name,
            stage="final",
            route="mayor" if case.is_to_mayor else "",
            unit=case.unit_id,
            received_at=case.received_at,
            due_at=case.promise.due_at,
            link=f"{settings.YANKAO_ORIGIN}/petition/status/{token}/",
            is_answerable=WORKFLOW.edge(Move.ANSWER, State(case.state)) is not None,
            values={
                "district": case.district.name if case.district else "",
                "subject": case.title,
            },
        )

    def may_reply(self, actor: Actor, id: int, agency: str) -> bool:
        """Who handles the petition for the agency now, and may read it."""
        case = Petition.objects.filter(pk=id, agency=agency).first()
        return (
            case is not None
            and actor.holds(Permission.HANDLE, agency)
            and permissions.may_read_content(actor, case)
        )


def _citizen(case: Petition) -> Citizen:
    """Of a part, who sent the whole; every way they can be reached, the quickest first."""
    row = Petitioner.objects.filter(petition=case.whole_id or case.pk).first()
    if row is None:
        return Citizen()
    ways = (("email", row.email), ("sms", row.phone), ("letter", row.address))
    return Citizen(
        name=row.name,
        email=row.email,
        phone=row.phone,
        address=row.address,
        channels=tuple(way for way, address in ways if address),
        language=row.language,
    )
