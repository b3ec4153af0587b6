"""The folder that a chat is in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that most chats leave empty."""

    dependencies = (("companions", "0013_cover_counts_of_messages"),)
    operations = (migrations.AddField("conversation", "folder", models.TextField(null=True)),)
