"""Loading the city's items and routes; again = nothing new."""

from datetime import date, datetime

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.departments.service.dispatch.models import Item, ItemGroup, Route
from yankao.kernel.casework.packs import replace_table


def load_groups(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """dispatch_groups.csv: code, name, icon, in the order citizens see them."""
    with transaction.atomic():
        ItemGroup.objects.bulk_create(
            [
                ItemGroup(code=row["code"], name=row["name"], icon=row.get("icon", ""), rank=rank)
                for rank, row in enumerate(rows)
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "icon", "rank"],
        )
    return len(rows)


def load_items(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """dispatch_items.csv, see docs/citypack.md. Raises Invalid for an unreadable row."""
    items = [_item(rank, row) for rank, row in enumerate(rows)]
    with transaction.atomic():
        Item.objects.bulk_create(
            items,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=[f.name for f in Item._meta.fields if f.name != "code"],
        )
    return len(items)


def _item(rank: int, row: Row) -> Item:
    try:
        return Item(
            code=row["code"],
            group_id=row["group"],
            name=row["name"],
            plain_name=row["plain_name"] or row["name"],
            is_public=row["public"] == "true",
            term=row["term"],
            danger_class=row["danger_class"],
            duplicate_radius_m=int(row["duplicate_radius_m"] or 0),
            duplicate_days=int(row["duplicate_days"] or 0),
            icon=row["icon"],
            rank=rank,
            in_force_from=date.fromisoformat(row["in_force_from"]),
            in_force_to=date.fromisoformat(row["in_force_to"]) if row.get("in_force_to") else None,
        )
    except (KeyError, ValueError) as error:
        line = f"dispatch_items.csv 第 {rank + 2} 行讀不懂：{error}"
        raise Invalid("dispatch.pack_item", line) from error


def load_routes(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """dispatch_routes.csv: item or group × district (blank = all) → agency, unit.

    The table is replaced as a whole; a change of any line is one trail row.
    """
    return replace_table(
        Route,
        ("item", "group", "district", "agency", "unit"),
        rows,
        kind="service.dispatch.routes",
        actor=actor,
        at=at,
    )
