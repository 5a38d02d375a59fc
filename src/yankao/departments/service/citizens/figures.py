"""How many pushes went out."""

from django.utils.translation import gettext_lazy as _

from yankao.departments.service.citizens.facts import PUSHES
from yankao.kernel.figures.declarations import Figure, Sum

SOURCE = _("便民一路通推播：案件進度、市政消息、交通、里的災害通報（高雄市政府研考會年報）")

PUSHED = Figure(
    name="service.citizens.pushed",
    title=_("推播則數"),
    definition=_(
        "期間內推播服務收下的則數，一支手機一則；送不到的不計。手機之後有沒有顯示，服務不會告訴我們。"
    ),
    unit=_("則"),
    fact=PUSHES,
    measure=Sum(of=lambda t: t.sent),
    period_column="counted_on",
    dimensions=("category",),
    citation=SOURCE,
)
