"""Telling a person what happened to their account, by whoever listens."""

from datetime import datetime

from yankao.base.events import announce
from yankao.base.formats import roc_datetime
from yankao.kernel.people import events


def tell(*, person_id: int, template: str, entry: int, at: datetime, **context: str) -> None:
    """Have the person told with that template of the pack, once for that row of the trail."""
    announce(
        events.TO_TELL,
        person_id=person_id,
        template=template,
        context={"at": roc_datetime(at), **context},
        once=f"{template}:{entry}:{person_id}",
    )
