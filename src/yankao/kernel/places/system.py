"""What the room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import System
from yankao.kernel.places import services
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.places",
    title=_("地點"),
    offers=(
        PackTable("districts.csv", 5, services.load_districts),
        ActionTitle(services.LOADED, _("載入行政區與里的界線")),
    ),
    api="yankao.kernel.places.api:router",
    api_prefix="/places",
)
