"""What the search room declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.health import Gauge
from yankao.base.registry import Command, System
from yankao.kernel.search import commands, queries, services

SYSTEM = System(
    name="kernel.search",
    title=_("搜尋"),
    offers=(Gauge("search_waiting", queries.waiting_count),),
    jobs=(services.JOB, "kernel.search.keep_fresh"),
    urls="yankao.kernel.search.pages",
    api="yankao.kernel.search.api:router",
    api_prefix="/search",
    commands=(Command("search", "搜尋索引：重建、狀態", commands.configure, commands.run),),
)
