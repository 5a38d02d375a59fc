"""The view behind the figures of petitions; see ``facts.py``.

The promise is the first obligation; its due time moves with pauses and extensions, also of the
agencies it is reassigned to, and not with reassigning itself (ADR 0031).
"""

from typing import ClassVar

from django.db import migrations

PETITIONS = """
CREATE VIEW fact_service_petitions_petitions AS
SELECT petition.id AS petition_id,
       petition.number,
       petition.item_id AS item,
       item.category_id AS category,
       petition.district_id AS district,
       petition.agency_id AS agency,
       petition.channel,
       petition.received_at,
       promise.due_at,
       CASE WHEN petition.state = 'declined' THEN petition.closed_at
            ELSE petition.answered_at END AS done_at,
       petition.closed_at,
       petition.is_to_mayor AS mayor,
       petition.state = 'withdrawn' AS withdrawn,
       petition.state = 'declined' AS declined,
       petition.extensions_granted > 0 AS extended,
       petition.reassignments > 0 AS reassigned,
       petition.whole_id IS NOT NULL AS part,
       petition.is_confidential AS confidential
FROM service_petitions_petition petition
LEFT JOIN service_petitions_item item ON item.code = petition.item_id
LEFT JOIN kernel_obligations_obligation promise ON promise.id = petition.promise_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_petitions", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(PETITIONS, "DROP VIEW fact_service_petitions_petitions"),
    ]
