"""What the public home page declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System
from yankao.kernel.doors.declarations import Door

SYSTEM = System(
    name="portal.front",
    title=_("市民服務首頁"),
    department="portal",
    offers=(Door("portal.front.find", _("首頁搜尋"), limits=((600, 3600),)),),
    urls="yankao.departments.portal.front.pages",
)
