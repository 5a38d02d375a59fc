"""What the public home page declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System
from yankao.base.ui_offers import StartPage
from yankao.kernel.doors.declarations import Door

SYSTEM = System(
    name="portal.front",
    title=_("市民服務首頁"),
    department="portal",
    offers=(
        Door("portal.front.find", _("首頁搜尋"), limits=((600, 3600),)),
        StartPage(
            r"一指通|一路通|\bapp\b|裝到手機|離線|沒有網路|install|offline",
            _("把市民服務裝到手機"),
            "portal_front:app",
        ),
    ),
    urls="yankao.departments.portal.front.pages",
)
