from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("kernel_closing", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(unique=True, verbose_name="月份的第一天")),
                ("asked_at", models.DateTimeField(verbose_name="要求時間")),
                ("asked_by", models.CharField(max_length=200, verbose_name="要求人")),
                ("failed_at", models.DateTimeField(null=True, verbose_name="沒有完成的時間")),
                (
                    "failure",
                    models.CharField(blank=True, max_length=64, verbose_name="沒有完成的原因"),
                ),
            ],
            options={"verbose_name": "結帳要求"},
        ),
        migrations.AlterField(
            model_name="restatement",
            name="state",
            field=models.CharField(
                choices=[
                    ("proposed", "待核定"),
                    ("approved", "已核定"),
                    ("rejected", "已退回"),
                    ("withdrawn", "已撤回"),
                ],
                max_length=10,
                verbose_name="狀態",
            ),
        ),
    ]
