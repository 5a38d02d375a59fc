"""Figures ask for calls by their half-hour (see ``0002_facts``), so that is what is ordered."""

from typing import ClassVar

from django.db import migrations

INDEX = """
CREATE INDEX calls_half_hour ON service_calls_call
    (date_bin('30 minutes', began_at, '2000-01-01 00:00+00'))
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_calls", "0004_rota")]
    operations: ClassVar = [migrations.RunSQL(INDEX, "DROP INDEX calls_half_hour")]
