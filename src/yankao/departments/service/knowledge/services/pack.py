"""Loading the city's categories; again = nothing new."""

from datetime import datetime

from django.db import transaction

from yankao.base.actors import Actor
from yankao.base.packs import Row
from yankao.departments.service.knowledge.models import Category


def load_categories(rows: list[Row], *, actor: Actor, at: datetime) -> int:
    """knowledge_categories.csv: code, name, in the order citizens see them."""
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
