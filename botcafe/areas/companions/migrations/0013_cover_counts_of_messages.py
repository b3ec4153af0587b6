"""The index of a chat's messages holds what the access rule asks, so that counting them reads no row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """What is counted."""

    dependencies = (("companions", "0012_file_imports"),)
    operations = (
        migrations.RemoveIndex("message", "message_of_conversation"),
        migrations.AddIndex(
            "message",
            models.Index(fields=["conversation", "created_at", "id", "user", "deleted_at"], name="message_of_chat"),
        ),
    )
