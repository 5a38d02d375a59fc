"""The view behind the figures looks up the item only for who asks for its group.

Every case has an item, so a left join finds the same rows; one of which no column is asked is
dropped by the planner, an inner one never.
"""

from typing import ClassVar

from django.db import migrations

CASES = """
CREATE OR REPLACE VIEW fact_service_dispatch_cases AS
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
       dispatched.place_problem = '' AS place_known,
       dispatched.state = 'cancelled' AS cancelled,
       dispatched.lead_id IS NOT NULL AS joined,
       dispatched.whole_id IS NOT NULL AS part,
       dispatched.is_urgent AS urgent
FROM service_dispatch_case dispatched
{join} service_dispatch_item item ON item.code = dispatched.item_id
LEFT JOIN kernel_obligations_obligation promise ON promise.id = dispatched.promise_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_dispatch", "0006_lists")]
    operations: ClassVar = [
        migrations.RunSQL(CASES.format(join="LEFT JOIN"), CASES.format(join="JOIN")),
    ]
