"""Days of an agency's or section's own."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("kernel_people", "0001_initial"),
        ("service_petitions", "0004_petitioner_language"),
    ]

    operations = [
        migrations.CreateModel(
            name="SectionTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("term", models.CharField(max_length=60)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel_people.agency",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="service_petitions.category",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="service_petitions.item",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel_people.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="petition_section_term_names_item_or_category",
                        condition=Q(item__isnull=False) ^ Q(category__isnull=False),
                    ),
                    models.UniqueConstraint(
                        name="petition_section_term_once",
                        fields=["agency", "unit", "item", "category"],
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
    ]
