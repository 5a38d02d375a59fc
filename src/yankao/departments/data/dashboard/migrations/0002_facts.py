"""The view behind the figures of obligations across the city; see ``facts.py``.

It stands here because the room of obligations lies below that of figures. No debtor's name, title
or place: of whom and where a matter is, its own system says to who may read it.
"""

from typing import ClassVar

from django.db import migrations

OBLIGATIONS = """
CREATE VIEW fact_data_dashboard_obligations AS
SELECT owed.id AS obligation_id,
       owed.number,
       owed.kind,
       owed.debtor_agency_id AS agency,
       owed.district_id AS district,
       owed.opened_at,
       owed.due_at,
       owed.promised_due_at,
       CASE WHEN owed.state = 'fulfilled' THEN owed.ended_at END AS fulfilled_at,
       owed.ended_at,
       owed.state = 'lapsed' AS lapsed,
       owed.state = 'paused' AS paused
FROM kernel_obligations_obligation owed
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("data_dashboard", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(OBLIGATIONS, "DROP VIEW fact_data_dashboard_obligations"),
    ]
