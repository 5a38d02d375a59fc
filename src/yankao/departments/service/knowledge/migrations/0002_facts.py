"""The views behind the figures of the knowledge base; see ``facts.py``."""

from typing import ClassVar

from django.db import migrations

FIRST_CATEGORY = """
    (SELECT category.code
     FROM service_knowledge_entry_categories chosen
     JOIN service_knowledge_category category ON category.code = chosen.category_id
     WHERE chosen.entry_id = entry.id
     ORDER BY category.rank, category.code LIMIT 1) AS category
"""
ENTRIES = f"""
CREATE VIEW fact_service_knowledge_entries AS
SELECT entry.id AS entry_id,
       entry.number,
       entry.question,
       entry.agency_id AS agency,
       {FIRST_CATEGORY},
       entry.first_published_at,
       least(entry.ended_at, (entry.valid_to + 1)::timestamp AT TIME ZONE 'Asia/Taipei')
           AS ended_at,
       entry.revised_on,
       entry.version
FROM service_knowledge_entry entry
WHERE entry.version > 0
"""  # noqa: S608 - our own names
REVIEWS = """
CREATE VIEW fact_service_knowledge_reviews AS
SELECT entry.id AS entry_id,
       entry.number,
       owed.debtor_agency_id AS agency,
       owed.due_at,
       CASE WHEN owed.state = 'fulfilled' THEN owed.ended_at END AS reviewed_at,
       coalesce(owed.state = 'fulfilled' AND owed.ended_at <= owed.due_at, false) AS is_on_time
FROM kernel_obligations_obligation owed
JOIN service_knowledge_entry entry ON entry.id = owed.subject_id
WHERE owed.kind = 'service.knowledge.review' AND owed.state <> 'lapsed'
"""
DAYS = f"""
CREATE VIEW fact_service_knowledge_days AS
SELECT entry.id AS entry_id,
       entry.number,
       entry.agency_id AS agency,
       {FIRST_CATEGORY},
       day."on" AS counted_on,
       day.views
FROM service_knowledge_entryday day
JOIN service_knowledge_entry entry ON entry.id = day.entry_id
"""  # noqa: S608 - our own names
JUDGEMENTS = f"""
CREATE VIEW fact_service_knowledge_judgements AS
SELECT entry.id AS entry_id,
       entry.number,
       entry.agency_id AS agency,
       {FIRST_CATEGORY},
       day."on" AS counted_on,
       judged.place <= day.helpful AS is_helpful
FROM service_knowledge_entryday day
JOIN service_knowledge_entry entry ON entry.id = day.entry_id
CROSS JOIN LATERAL generate_series(1, day.helpful + day.unhelpful) AS judged(place)
"""  # noqa: S608 - our own names


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("kernel_obligations", "0002_fewer_indexes"),
        ("service_knowledge", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(ENTRIES, "DROP VIEW fact_service_knowledge_entries"),
        migrations.RunSQL(REVIEWS, "DROP VIEW fact_service_knowledge_reviews"),
        migrations.RunSQL(DAYS, "DROP VIEW fact_service_knowledge_days"),
        migrations.RunSQL(JUDGEMENTS, "DROP VIEW fact_service_knowledge_judgements"),
    ]
