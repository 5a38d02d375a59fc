"""The view behind the figures of dispatch; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

CASES = """
CREATE VIEW fact_service_dispatch_cases AS
SELECT dispatched.id AS case_id,
       dispatched.number,
       dispatched.item_id AS item,
       item.group_id AS item_group,
       dispatched.district_id AS district,
       dispatched.agency_id AS agency,
       dispatched.channel,
       dispatched.received_at,
       promise.due_at,
       dispatched.done_at,
       dispatched.closed_at,
       extract(epoch FROM dispatched.done_at - dispatched.received_at) AS seconds,
       dispatched.outcome_known,
       dispatched.place_problem = '' AS place_known
FROM service_dispatch_case dispatched
JOIN service_dispatch_item item ON item.code = dispatched.item_id
LEFT JOIN kernel_obligations_obligation promise ON promise.id = dispatched.promise_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_dispatch", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(CASES, "DROP VIEW fact_service_dispatch_cases"),
    ]
