"""Loading a city's tables of who has what, the same for every kind of case."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.packs import Row
from yankao.base.subjects import Subject
from yankao.kernel.trail import services as trail


def replace_table(
    table: Any, names: Sequence[str], rows: list[Row], *, kind: str, actor: Actor, at: datetime
) -> int:
    """The table is replaced as a whole; a change of any line is one trail row (``kind``_loaded)."""
    wanted = {tuple(row[name] or None for name in names) for row in rows}
    columns = [table._meta.get_field(name).attname for name in names]
    with transaction.atomic():
        present = set(table.objects.values_list(*columns))
        if wanted == present:
            return len(rows)
        table.objects.all().delete()
        table.objects.bulk_create([table(**dict(zip(columns, row, strict=True))) for row in wanted])
        trail.record(
            actor=actor,
            action=f"{kind}_loaded",
            subject=Subject(kind, 0),
            at=at,
            old={"lines": len(present)},
            new={"lines": len(wanted), "changed": len(wanted ^ present)},
        )
    return len(rows)
