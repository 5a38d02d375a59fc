"""Named filters of lists, a person's own or shared with an agency."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel_people", "0002_second_factors_and_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("list_name", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=30)),
                ("query", models.CharField(blank=True, max_length=1000)),
                ("rank", models.PositiveSmallIntegerField()),
                ("deleted_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shared_with",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel_people.agency",
                    ),
                ),
            ],
            options={
                "ordering": ["rank", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("shared_with__isnull", False)),
                        fields=["shared_with", "list_name"],
                        name="kernel_people_view_shared",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at__isnull", True)),
                        fields=("person", "list_name", "title"),
                        name="kernel_people_view_title_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="kernel_people_view_has_title",
                    ),
                ],
            },
        ),
    ]
