"""When time next does something about a task, what it did already in a round, and how often the resident urged."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workflow", "0008_leading")]
    operations = [
        migrations.AddField("round", "passed", models.JSONField(default=list, db_default=[])),
        migrations.AddField("round", "raised_to", models.SmallIntegerField(null=True)),
        migrations.AddField("round", "urged", models.SmallIntegerField(default=0, db_default=0)),
        migrations.AddField("round", "urged_at", models.DateTimeField(null=True)),
        migrations.AddField("task", "watch_at", models.DateTimeField(null=True)),
        migrations.AddField("task", "reminded_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "round",
            models.Index(
                fields=["matter"],
                name="round_raised",
                condition=models.Q(raised_to__isnull=False, closed_at__isnull=True),
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                fields=["watch_at", "id"],
                name="task_watch",
                condition=models.Q(done_at__isnull=True, watch_at__isnull=False),
            ),
        ),
    ]
