"""A worker is known to live by its heartbeat."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_rename_queued_tasks")]
    operations = [
        migrations.CreateModel(
            name="WorkerHeartbeat",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("beaten_at", models.DateTimeField()),
            ],
        ),
    ]
