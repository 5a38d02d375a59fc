"""The view behind the figures of messages; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

LETTERS = """
CREATE VIEW fact_service_messages_letters AS
SELECT notice.id AS letter_id,
       notice.uuid::text AS number,
       notice.payer_id AS agency,
       notice.channel,
       notice.template_key AS kind,
       notice.at AS created_at,
       notice.sent_at,
       CASE WHEN notice.status = 'delivered' THEN notice.ended_at END AS delivered_at,
       CASE WHEN notice.status = 'failed' THEN notice.ended_at END AS failed_at,
       notice.failure,
       coalesce(notice.segments, 0)::integer AS parts,
       coalesce(notice.cost_twd, 0)::numeric AS cost_twd,
       notice.possible_doubles::integer AS possible_doubles
FROM kernel_notices_notice notice
WHERE notice.channel IN ('sms', 'email')
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("service_messages", "0001_initial"),
        ("kernel_notices", "0002_providers"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(LETTERS, "DROP VIEW fact_service_messages_letters"),
    ]
