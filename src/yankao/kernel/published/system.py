"""What the room of published numbers declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.packs import PackTable
from yankao.base.registry import ImportFormat, System
from yankao.kernel.published import commands, services
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.published",
    title=_("公布過的數字"),
    offers=(
        PackTable("published_reports.csv", 83, services.load_reports),
        PackTable("published_series.csv", 84, services.load_series),
        PackTable("published.csv", 85, services.load_numbers),
        ImportFormat("published", "csv", commands.import_files, takes_many=True),
        ActionTitle("kernel.published.taken", _("收錄公布過的數字")),
    ),
    urls="yankao.kernel.published.pages",
    api="yankao.kernel.published.api:router",
    api_prefix="/published",
)
