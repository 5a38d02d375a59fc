"""The view behind the figures of calls; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

CALLS = """
CREATE VIEW fact_service_calls_calls AS
SELECT call.id AS call_id,
       'T' || lpad(call.id::text, 7, '0') AS number,
       call.queue,
       date_bin('30 minutes', call.began_at, '2000-01-01 00:00+00') AS began_at,
       call.kind,
       call.kind <> '' AS classified,
       coalesce(call.is_answered_at_once, false) AS at_once,
       call.answered_at IS NOT NULL AS answered,
       call.state = 'abandoned' AS abandoned,
       extract(epoch FROM call.answered_at - call.began_at) AS wait_seconds,
       call.level IS NOT NULL AS rated,
       coalesce(call.level <= 2, false) AS satisfied
FROM service_calls_call call
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_calls", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(CALLS, "DROP VIEW fact_service_calls_calls"),
    ]
