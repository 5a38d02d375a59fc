"""That an answer came back stands in its history."""

from django.db import migrations, models
from django.db.models import Q

MOVES = sorted([
    "started", "submitted", "approved", "edited", "returned", "withdrawn", "sending_cancelled",
    "sending_failed", "printed", "sent", "posted", "undelivered", "dropped",
])  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("kernel_replies", "0002_guards")]

    operations = [
        migrations.RemoveConstraint("replyentry", "kernel_replies_known_move"),
        migrations.AddConstraint(
            "replyentry",
            models.CheckConstraint(name="kernel_replies_known_move", condition=Q(move__in=MOVES)),
        ),
    ]
