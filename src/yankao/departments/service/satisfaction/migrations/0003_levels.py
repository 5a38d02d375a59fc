"""The view behind the figures of satisfaction, with survey and level; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

ANSWERS = """
CREATE VIEW fact_service_satisfaction_answers AS
SELECT response.id AS answer_id,
       'A' || response.id AS number,
       response.agency_id AS agency,
       response.channel,
       response.subject_kind AS kind,
       version.survey_id AS survey,
       response.answered_on AS counted_on,
       response.level IS NOT NULL AS is_valid,
       coalesce(response.level <= 2, false) AS is_satisfied,
       coalesce(response.level >= 4, false) AS is_dissatisfied,
       CASE WHEN response.level IS NULL THEN 'none' ELSE '' END AS missing,
       coalesce(response.level::text, 'none') AS answer
FROM service_satisfaction_response response
JOIN service_satisfaction_surveyversion version ON version.id = response.version_id
UNION ALL
SELECT -invitation.id,
       'M' || invitation.id,
       invitation.agency_id,
       invitation.channel,
       invitation.subject_kind,
       version.survey_id,
       invitation.ended_on,
       false,
       false,
       false,
       invitation.state,
       invitation.state
FROM service_satisfaction_invitation invitation
JOIN service_satisfaction_surveyversion version ON version.id = invitation.version_id
WHERE invitation.state IN ('refused', 'not_reached', 'expired')
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_satisfaction", "0002_facts")]
    operations: ClassVar = [
        migrations.RunSQL("DROP VIEW fact_service_satisfaction_answers;" + ANSWERS),
    ]
