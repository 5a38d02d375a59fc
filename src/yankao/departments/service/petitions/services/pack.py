"""Loading the city's items and routes; again = nothing new."""

from datetime import date, datetime

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.clock import TAIPEI
from yankao.base.errors import Invalid
from yankao.base.packs import Row
from yankao.departments.service.petitions.models import Category, Item, Route, SectionTerm
from yankao.kernel.calendar import queries as calendar
from yankao.kernel.casework.packs import replace_table


def load_categories(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """petition_categories.csv: code, name, in the order citizens see them."""
    with transaction.atomic():
        Category.objects.bulk_create(
            [
                Category(code=row["code"], name=row["name"], rank=rank)
                for rank, row in enumerate(rows)
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "rank"],
        )
    return len(rows)


def load_items(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """petition_items.csv, see docs/citypack.md. Raises Invalid for an unreadable row."""
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
            category_id=row["category"],
            name=row["name"],
            term=row["term"],
            rank=rank,
            in_force_from=date.fromisoformat(row["in_force_from"]),
            in_force_to=date.fromisoformat(row["in_force_to"]) if row.get("in_force_to") else None,
        )
    except (KeyError, ValueError) as error:
        line = f"petition_items.csv 第 {rank + 2} 行讀不懂：{error}"
        raise Invalid("petitions.pack_item", line) from error


def load_routes(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """petition_routes.csv: item or category × district (blank = all) → agency, unit."""
    return replace_table(
        Route,
        ("item", "category", "district", "agency", "unit"),
        rows,
        kind="service.petitions.routes",
        actor=actor,
        at=at,
    )


def load_section_terms(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """petition_section_terms.csv: agency, unit (blank = all) × item or category → term.

    Raises TermUnknown for a term that is not in force.
    """
    for row in rows:
        calendar.term_in_force(row["term"], at.astimezone(TAIPEI).date())
    return replace_table(
        SectionTerm,
        ("agency", "unit", "item", "category", "term"),
        rows,
        kind="service.petitions.section_terms",
        actor=actor,
        at=at,
    )
