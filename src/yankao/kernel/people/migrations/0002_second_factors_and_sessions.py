import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kernel_people", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="second_factor_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="第二道驗證設定時間"),
        ),
        migrations.CreateModel(
            name="OpenSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("address", models.CharField(max_length=45, verbose_name="網路位址")),
                ("browser", models.CharField(blank=True, max_length=60, verbose_name="瀏覽器")),
                ("began_at", models.DateTimeField(verbose_name="登入")),
                ("seen_at", models.DateTimeField(verbose_name="最近使用")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="open_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-seen_at", "-id"],
                "indexes": [models.Index(fields=["seen_at"], name="kernel_people_session_seen")],
            },
        ),
    ]
