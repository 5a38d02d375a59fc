"""Classes, topics, their texts and history."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("kernel_obligations", "0002_fewer_indexes"),
        ("kernel_people", "0004_fewer_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="TopicClass",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("rank", models.PositiveSmallIntegerField(default=0)),
                ("is_shown", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["rank", "code"],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("published", "published"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=12,
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField(default=1000)),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="kernel_people.agency",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("number",), name="dashboard_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Text",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("proposed", "proposed"),
                            ("published", "published"),
                            ("former", "former"),
                        ],
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(null=True)),
                ("title", models.CharField(max_length=60)),
                ("title_en", models.CharField(blank=True, max_length=120)),
                ("note", models.TextField(blank=True)),
                ("note_en", models.TextField(blank=True)),
                (
                    "figures",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), size=None
                    ),
                ),
                (
                    "chart",
                    models.CharField(
                        choices=[
                            ("line", "line"),
                            ("bars", "bars"),
                            ("share", "share"),
                            ("number", "number"),
                        ],
                        max_length=8,
                    ),
                ),
                ("map_figure", models.CharField(blank=True, max_length=120)),
                (
                    "comparison",
                    models.CharField(
                        choices=[("previous", "previous"), ("last_year", "last_year")],
                        max_length=12,
                    ),
                ),
                ("target_figure", models.CharField(blank=True, max_length=120)),
                ("target_value", models.DecimalField(decimal_places=4, max_digits=16, null=True)),
                ("target_source", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "writers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), default=list, size=None
                    ),
                ),
                ("written_by_name", models.CharField(max_length=120)),
                ("written_at", models.DateTimeField()),
                ("edits", models.PositiveIntegerField(default=1)),
                ("returned_words", models.CharField(blank=True, max_length=1000)),
                ("decided_by_name", models.CharField(blank=True, max_length=120)),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "deciding",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel_obligations.obligation",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="data_dashboard.topic",
                    ),
                ),
                (
                    "topic_class",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="data_dashboard.topicclass",
                    ),
                ),
            ],
            options={
                "ordering": ["topic", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("topic", "version"), name="dashboard_version_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("stage__in", ["draft", "proposed"])),
                        fields=("topic",),
                        name="dashboard_one_open_text",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("stage", "published")),
                        fields=("topic",),
                        name="dashboard_one_published_text",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at__isnull", False),
                                ("stage__in", ["published", "former"]),
                                ("version__isnull", False),
                            ),
                            models.Q(
                                ("published_at__isnull", True),
                                ("stage__in", ["draft", "proposed"]),
                                ("version__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="dashboard_published_has_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("target_figure", ""), ("target_value__isnull", True)),
                            models.Q(
                                ("target_value__isnull", False),
                                models.Q(("target_figure", ""), _negated=True),
                                models.Q(("target_source", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="dashboard_target_says_whence",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TopicLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("move", models.CharField(max_length=20)),
                ("actor_key", models.CharField(max_length=80)),
                ("actor_name", models.CharField(max_length=120)),
                ("words", models.CharField(blank=True, max_length=2000)),
                ("before", models.JSONField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="kernel_people.agency",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="data_dashboard.topic",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "abstract": False,
            },
        ),
    ]
