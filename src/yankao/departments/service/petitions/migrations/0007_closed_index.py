"""Petitions closed in a month are found, not looked for."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("service_petitions", "0006_petitioner_email")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="petition",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["closed_at"],
                name="petition_closed",
            ),
        ),
    ]
