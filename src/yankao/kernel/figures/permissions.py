"""Who may see what of a figure: values are public, the records behind them are not."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from yankao.base.actors import Actor
from yankao.base.errors import Forbidden
from yankao.kernel.figures.declarations import Fact

LIST_RECORDS = "kernel.figures.records"
APPROVE = "kernel.figures.approve"


class RecordsForbidden(Forbidden):
    """The actor may not list these records."""


def may_list_records(actor: Actor, fact: Fact) -> bool:
    """Whether the actor may list any record of the fact at all."""
    agencies = actor.agencies_for(LIST_RECORDS)
    return agencies is None or bool(agencies and fact.agency)


def sees_small_cells(actor: Actor) -> bool:
    """Whether cells withheld from the public are shown: who lists every record sees them anyway."""
    return actor.agencies_for(LIST_RECORDS) is None


def agencies_listed(
    actor: Actor, fact: Fact, filters: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...] | None:
    """Agencies whose records the actor gets under these filters; None means no restriction.

    Raises RecordsForbidden when that leaves none: no permission, or only other agencies asked for.
    """
    if not may_list_records(actor, fact):
        raise RecordsForbidden(
            "figures.records_forbidden",
            _("明細只開放給登入的承辦與管考人員。數值、序列與下載不需登入。"),
        )
    held = actor.agencies_for(LIST_RECORDS)
    if held is None:
        return None
    asked = filters.get(fact.agency)
    allowed = held if asked is None else held.intersection(asked)
    if not allowed:
        raise RecordsForbidden(
            "figures.records_other_agency",
            _("您只能看所屬機關的明細。請把機關改成您的機關，或拿掉機關條件。"),
            fact.agency,
        )
    return tuple(sorted(allowed))
