"""Indexes that lists and their views are read by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_dispatch", "0005_reporter_phone"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["agency", "received_at", "id"], name="case_agency_received"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["recorded_at"], name="case_recorded"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["agency", "state"],
                name="case_open",
                condition=~models.Q(state__in=["closed", "cancelled"]),
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["received_at", "id"],
                name="case_urgent",
                condition=models.Q(is_urgent=True),
            ),
        ),
    ]
