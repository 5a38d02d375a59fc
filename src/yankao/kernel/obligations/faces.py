"""For pages of other rooms: from a matter on to the next that its reader owes."""

from urllib.parse import urlencode

from django.urls import reverse

from yankao.base.actors import Actor
from yankao.kernel.obligations.permissions import READ


def next_url(actor: Actor, number: str) -> str:
    """Where ``kernel_obligations/_go_on.html`` leads; "" for who has no inbox."""
    if not actor.holds(READ):
        return ""
    return f"{reverse('kernel_obligations:next')}?{urlencode({'after': number})}"
