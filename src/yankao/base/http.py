"""The request as our pages see it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from yankao.base.actors import Actor


class Request(HttpRequest):
    """A request after ``kernel.people.middleware``: who asks, and the one reading of the clock."""

    actor: Actor
    now: datetime
    request_id: str
    htmx: Any
    user: Any
