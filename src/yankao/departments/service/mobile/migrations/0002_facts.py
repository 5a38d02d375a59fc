"""The view behind the figure of installations; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

INSTALLS = """
CREATE VIEW fact_service_mobile_installs AS
SELECT id AS count_id,
       'I' || id AS number,
       kind,
       day::timestamp AT TIME ZONE 'Asia/Taipei' AS day_at,
       installs::bigint AS installs
FROM service_mobile_installcount
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_mobile", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(INSTALLS, "DROP VIEW fact_service_mobile_installs"),
    ]
