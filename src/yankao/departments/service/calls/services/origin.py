"""A call as what a case comes from."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.subjects import Subject
from yankao.departments.service.calls import queries
from yankao.departments.service.calls.services.desk import tie_case
from yankao.departments.service.calls.workflow import KIND
from yankao.kernel.casework.carrying import Carried


class CallOrigin:
    """The agent's own calls turn into cases."""

    origin_kind = KIND

    def carried(self, actor: Actor, id: int) -> Carried | None:
        call = queries.own_call(actor, id)
        if call is None:
            return None
        caller, words = queries.caller_of(call), queries.words_of(call)
        return Carried(
            origin=str(Subject(KIND, call.pk)),
            title=_("通話 %(number)s") % {"number": call.number},
            address=reverse("service_calls:work", args=[call.number]),
            phone=caller.phone if caller else "",
            name=caller.name if caller else "",
            words=words.text if words else "",
            place=words.place if words else "",
        )

    def tie(self, *, id: int, case: Subject, number: str, actor: Actor, at: datetime) -> None:
        tie_case(call_id=id, case=case, number=number, actor=actor, at=at)
