"""Stop-work on the public home page."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from yankao.base import formats
from yankao.base.ui_offers import News
from yankao.kernel.calendar import queries
from yankao.kernel.calendar.queries import StopWorkView
from yankao.kernel.calendar.rules import day_in_taipei


class StopWorkNews:
    """Tells what is closed today and on the coming two days."""

    def front_news(self, at: datetime) -> list[News]:
        today = day_in_taipei(at)
        declared = queries.stop_work_in_force(first=today, last=today + timedelta(days=2))
        return [_news(view) for view in declared]


def _news(view: StopWorkView) -> News:
    where = "、".join(name for _code, name in view.districts) or _("全市")
    return News(
        title=_("%(day)s 停班：%(where)s") % {"day": formats.roc_date(view.on), "where": where},
        text=view.reason,
        url=f"{reverse('kernel_calendar:month')}?month={view.on:%Y-%m}",
    )
