"""Cases received a month by agency, district and item are counted in the index alone."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_dispatch", "0007_facts_join_what_is_asked")]
    operations: ClassVar = [
        migrations.RemoveIndex("case", "case_received"),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["received_at", "id"],
                include=["agency", "district", "item"],
                name="case_received",
            ),
        ),
    ]
