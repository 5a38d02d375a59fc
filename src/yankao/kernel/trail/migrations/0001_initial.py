import django.db.models.deletion
from django.db import migrations, models

from yankao.kernel.trail.migrations import _guards


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Check",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="時間")),
                ("actor_key", models.CharField(max_length=100)),
                ("sealed", models.BigIntegerField()),
                ("unsealed", models.BigIntegerField()),
                ("oldest_unsealed_at", models.DateTimeField(null=True)),
                ("head_sequence", models.BigIntegerField()),
                ("head_digest", models.BinaryField()),
                ("fault_kind", models.CharField(blank=True, max_length=20)),
                ("fault_sequence", models.BigIntegerField(null=True)),
                ("fault_entry_id", models.BigIntegerField(null=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="時間")),
                ("actor_key", models.CharField(max_length=100, verbose_name="行為人代碼")),
                ("actor_name", models.CharField(blank=True, max_length=150, verbose_name="行為人")),
                ("principal_key", models.CharField(blank=True, max_length=100, null=True)),
                (
                    "acting_for",
                    models.CharField(blank=True, max_length=150, null=True, verbose_name="代理"),
                ),
                ("action", models.CharField(max_length=100, verbose_name="動作")),
                ("subject_kind", models.CharField(max_length=64)),
                ("subject_id", models.BigIntegerField()),
                (
                    "agency",
                    models.CharField(blank=True, max_length=32, null=True, verbose_name="機關"),
                ),
                ("old", models.JSONField(blank=True, null=True, verbose_name="原值")),
                ("new", models.JSONField(blank=True, null=True, verbose_name="新值")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("personal_digest", models.BinaryField(blank=True, null=True)),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("entry_id", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("digest", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Personal",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="personal",
                        serialize=False,
                        to="kernel_trail.entry",
                    ),
                ),
                ("salt", models.BinaryField(null=True)),
                ("content", models.TextField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["at", "id"], name="kernel_trail_entry_at"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                fields=["subject_kind", "subject_id", "at"], name="kernel_trail_entry_subject"
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["actor_key", "at"], name="kernel_trail_entry_actor"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("actor_key", ""), _negated=True),
                    models.Q(("action", ""), _negated=True),
                    models.Q(("subject_kind", ""), _negated=True),
                ),
                name="kernel_trail_entry_names_actor_and_action",
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="entry",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seal",
                to="kernel_trail.entry",
            ),
        ),
        migrations.AddField(
            model_name="personal",
            name="erased_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="erased",
                to="kernel_trail.entry",
            ),
        ),
        migrations.AddConstraint(
            model_name="personal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("content__isnull", False),
                        ("erased_by__isnull", True),
                        ("salt__isnull", False),
                    ),
                    models.Q(
                        ("content__isnull", True),
                        ("erased_by__isnull", False),
                        ("salt__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="kernel_trail_personal_whole_or_erased",
            ),
        ),
        migrations.RunSQL(_guards.INSTALL, _guards.REMOVE),
    ]
