"""What the search room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.health import VitalSign
from yankao.base.registry import Command, System
from yankao.kernel.search import commands, queries, services

SYSTEM = System(
    name="kernel.search",
    title=_("搜尋"),
    offers=(
        VitalSign(
            "search_waiting",
            _("等待編入搜尋的紀錄"),
            lambda at: queries.waiting_count(),
            limit=10_000,
        ),
    ),
    jobs=(services.JOB, "kernel.search.keep_fresh"),
    urls="yankao.kernel.search.pages",
    api="yankao.kernel.search.api:router",
    api_prefix="/search",
    commands=(Command("search", "搜尋索引：重建、狀態", commands.configure, commands.run),),
)
