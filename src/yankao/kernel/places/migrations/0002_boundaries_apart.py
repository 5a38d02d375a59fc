"""Boundaries get tables of their own: whoever reads a district's name does not read its drawing.

The columns are nullable before they go, so that the way back can add them before filling them.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


def _boundary(of: str) -> migrations.CreateModel:
    owner = models.OneToOneField(
        f"kernel_places.{of}",
        on_delete=django.db.models.deletion.PROTECT,
        primary_key=True,
        related_name="boundary",
        serialize=False,
    )
    geometry = models.JSONField(verbose_name="界線")
    return migrations.CreateModel(f"{of}Boundary", [(of.lower(), owner), ("geometry", geometry)])


def _nullable(of: str) -> migrations.AlterField:
    return migrations.AlterField(of, "boundary", models.JSONField(verbose_name="界線", null=True))


MOVED = """
INSERT INTO kernel_places_{of}boundary ({of}_id, geometry)
SELECT code, boundary FROM kernel_places_{of}
"""
MOVED_BACK = """
UPDATE kernel_places_{of} SET boundary = geometry
FROM kernel_places_{of}boundary WHERE {of}_id = code
"""


def _moved(of: str) -> migrations.RunSQL:
    return migrations.RunSQL(MOVED.format(of=of), MOVED_BACK.format(of=of))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("kernel_places", "0001_initial")]
    operations: ClassVar = [
        _nullable("district"),
        _nullable("village"),
        _boundary("District"),
        _boundary("Village"),
        _moved("district"),
        _moved("village"),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField("district", "boundary"),
        migrations.RemoveField("village", "boundary"),
    ]
