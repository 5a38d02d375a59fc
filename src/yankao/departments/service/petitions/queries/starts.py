"""What a citizen's words are a petition about, for who answers questions."""

import re
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base.local_names import local
from yankao.base.ui_offers import CARRY, Start, share_said
from yankao.departments.service.petitions.queries.public import items_in_force

_WANTS = re.compile(r"陳情|檢舉|反映|建議|投訴|申訴|complain|petition", re.IGNORECASE)
_MAYOR = re.compile(r"市長信箱|(寫|寄|找|跟|向|給|告訴|聯絡)[^，。]{0,4}市長|mayor", re.IGNORECASE)


class PetitionStarts:
    """The mayor's mailbox to who asks for it; else the item whose name stands in the words, or
    writing as such to who wants to complain.
    """

    def citizen_starts(self, words: str, at: datetime) -> list[Start]:
        address = reverse("service_petitions:petition")
        if _MAYOR.search(words):
            return [Start(_("寫信到市長信箱"), f"{address}?{urlencode({'to': 'mayor', CARRY: 1})}")]
        names = [item.name for item in items_in_force(at=at)]
        shares = [(share_said(name, words), name) for name in names]
        share, name = max(shares, default=(0.0, ""), key=lambda pair: pair[0])
        if share >= 0.5:
            said = local(name)
            title = _("陳情「%(item)s」") % {"item": said}
            return [Start(title, f"{address}?{urlencode({'q': said, CARRY: 1})}")]
        return [Start(_("寫陳情"), f"{address}?{CARRY}=1")] if _WANTS.search(words) else []
