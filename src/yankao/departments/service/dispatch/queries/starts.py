"""What a citizen's words are a report of, for who answers questions."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.local_names import local
from yankao.base.ui_offers import CARRY, Start, share_said
from yankao.departments.service.dispatch.queries.public import public_items


class ReportStarts:
    """The item that most of its name stands in the words of, if any."""

    def citizen_starts(self, words: str, at: datetime) -> list[Start]:
        names = [item.plain_name for item in public_items(at=at)]
        shares = [(share_said(name, words), name) for name in names]
        share, name = max(shares, default=(0.0, ""), key=lambda pair: pair[0])
        if share < 0.5:
            return []
        address = f"{reverse('service_dispatch:report')}?{urlencode({'q': local(name), CARRY: 1})}"
        return [Start(_("通報「%(item)s」") % {"item": local(name)}, address)]
