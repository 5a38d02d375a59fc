import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("subject_kind", models.CharField(max_length=64)),
                ("subject_id", models.BigIntegerField()),
                ("purpose", models.CharField(max_length=16, verbose_name="用途")),
                ("sha256", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=120, verbose_name="檔名")),
                ("media_type", models.CharField(max_length=64, verbose_name="格式")),
                ("size", models.BigIntegerField(verbose_name="大小")),
                ("width", models.IntegerField(null=True)),
                ("height", models.IntegerField(null=True)),
                ("at", models.DateTimeField(verbose_name="時間")),
                ("actor_key", models.CharField(max_length=100)),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=["sha256"],
                        name="kernel_files_attachment_sha",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("subject_kind", "subject_id", "purpose", "sha256"),
                        name="kernel_files_attachment_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["after", "before", "other", "report"])),
                        name="kernel_files_attachment_known_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                        name="kernel_files_attachment_sha256",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0)),
                        name="kernel_files_attachment_not_empty",
                    ),
                ],
            },
        ),
    ]
