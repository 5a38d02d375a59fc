"""What was due in the month and is still owed, over all systems."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.narrowing import month_of
from yankao.kernel.closing.declarations import Unfinished
from yankao.kernel.obligations.kinds import kind_title
from yankao.kernel.obligations.permissions import READ
from yankao.kernel.obligations.queries import Unmet, unmet_between


class Owed:
    """What is still owed may yet be extended, paused or lapse, and then was due at another time."""

    def unfinished(self, start: date, end: date) -> list[Unfinished]:
        """One line a kind and debtor; verifications and approvals of replies are kinds as well."""
        month = f"{start:%Y-%m}"
        return list(_told(unmet_between(*month_of(month)), month))


def _told(found: list[Unmet], month: str) -> Iterator[Unfinished]:
    for one in found:
        asked = {"kind": one.kind, "agency": one.agency, "due": month}
        address = f"{reverse('kernel_obligations:inbox')}?{urlencode(asked)}"
        title = _("到期未辦完：%(kind)s") % {"kind": kind_title(one.kind)}
        yield Unfinished(title, one.count, one.agency, address, READ)
