"""The views behind the figures of the answer bot; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

QUESTIONS = """
CREATE VIEW fact_service_bot_questions AS
SELECT turn.id AS question_id,
       'Q' || turn.id AS number,
       conversation.channel,
       turn.asked_at,
       turn.state = 'answered' AS is_answered,
       turn.agency,
       turn.is_helpful
FROM service_bot_turn turn
JOIN service_bot_conversation conversation ON conversation.id = turn.conversation_id
WHERE turn.state <> 'talk'
"""
PEOPLE = """
CREATE VIEW fact_service_bot_people AS
SELECT id AS conversation_id,
       'C' || id AS number,
       channel,
       started_at
FROM service_bot_conversation
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_bot", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(QUESTIONS, "DROP VIEW fact_service_bot_questions"),
        migrations.RunSQL(PEOPLE, "DROP VIEW fact_service_bot_people"),
    ]
