"""What was due in the month and is still owed, over all systems."""

from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base import registry
from yankao.base.narrowing import month_of
from yankao.kernel.closing.declarations import ClosingCheck, Unfinished
from yankao.kernel.obligations.kinds import kind_title
from yankao.kernel.obligations.permissions import READ
from yankao.kernel.obligations.queries import Unmet, unmet_between


class Owed:
    """What is still owed may yet be extended, paused or lapse, and then was due at another time."""

    kinds: Sequence[str] = ()

    def unfinished(self, start: date, end: date) -> list[Unfinished]:
        """One line a kind and debtor, but of kinds that a system tells of itself."""
        month = f"{start:%Y-%m}"
        told = {kind for check in registry.offers(ClosingCheck) for kind in check.kinds}
        found = [one for one in unmet_between(*month_of(month)) if one.kind not in told]
        return list(_told(found, month))


def _told(found: list[Unmet], month: str) -> Iterator[Unfinished]:
    for one in found:
        asked = {"kind": one.kind, "agency": one.agency, "due": month}
        address = f"{reverse('kernel_obligations:inbox')}?{urlencode(asked)}"
        title = _("到期未辦完：%(kind)s") % {"kind": kind_title(one.kind)}
        yield Unfinished(title, one.count, one.agency, address, READ)
