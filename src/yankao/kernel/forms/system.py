"""What the room of forms declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System
from yankao.kernel.trail.actions import ActionTitle

SYSTEM = System(
    name="kernel.forms",
    title=_("表單"),
    offers=(
        ActionTitle("kernel.forms.drafted", _("修改表單草稿")),
        ActionTitle("kernel.forms.discarded", _("捨棄表單草稿")),
        ActionTitle("kernel.forms.published", _("發布表單")),
    ),
)
