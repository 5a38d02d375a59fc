"""The view behind the figure of pushes; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

PUSHES = """
CREATE VIEW fact_service_citizens_pushes AS
SELECT day.id AS push_id,
       'P' || day.id AS number,
       day.category,
       day."on" AS counted_on,
       day.sent,
       day.failed
FROM service_citizens_pushday day
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_citizens", "0002_push")]
    operations: ClassVar = [
        migrations.RunSQL(PUSHES, "DROP VIEW fact_service_citizens_pushes"),
    ]
