"""SV6 便民一路通: what the system declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System
from yankao.departments.service.mobile import api, figures
from yankao.departments.service.mobile.facts import INSTALLS
from yankao.kernel.doors.declarations import Door
from yankao.kernel.figures.declarations import DimensionLabels


def kind_names() -> dict[str, str]:
    """What kinds of machines are called."""
    return {"android": str(_("Android 手機")), "ios": "iPhone、iPad", "computer": str(_("電腦"))}


SYSTEM = System(
    name="service.mobile",
    title=_("便民一路通"),
    department="service",
    offers=(
        INSTALLS,
        *figures.FIGURES,
        DimensionLabels(dimension="kind", labels=kind_names, fact=INSTALLS.name),
        # Limits of an address are for programs: a whole carrier's phones may share one (ADR 0012).
        Door(api.DOOR, _("計算安裝次數"), limits=((60, 3600), (600, 86_400))),
    ),
    api="yankao.departments.service.mobile.api",
    api_prefix="/mobile",
)
