"""What the room of documents declares."""

from django.utils.translation import gettext_lazy as _

from yankao.base.registry import System

SYSTEM = System(name="kernel.documents", title=_("公文"))
