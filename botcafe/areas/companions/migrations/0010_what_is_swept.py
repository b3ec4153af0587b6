"""Indexes of what the housekeeping looks for, so that it does not walk through every message."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """What is swept."""

    dependencies = (("companions", "0009_bot_versions"),)
    operations = (
        migrations.AddIndex(
            "conversation",
            models.Index(condition=models.Q(deleted_at__isnull=False), fields=["deleted_at"], name="conversation_deleted"),
        ),
        migrations.AddIndex(
            "conversation",
            models.Index(
                condition=models.Q(is_temporary=True), fields=["modified_timestamp"], name="conversation_temporary"
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(condition=models.Q(deleted_at__isnull=False), fields=["deleted_at"], name="message_taken_out"),
        ),
    )
