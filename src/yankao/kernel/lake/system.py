"""The lake declares only that it is there; closing (``kernel.closing``) writes and checks it."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System

SYSTEM = System(name="kernel.lake", title=_("資料湖"))
