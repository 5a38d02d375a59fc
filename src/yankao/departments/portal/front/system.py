"""What the public home page declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System

SYSTEM = System(
    name="portal.front",
    title=_("市民服務首頁"),
    department="portal",
    urls="yankao.departments.portal.front.pages",
)
