from django.db import migrations


def save_all(apps, schema_editor):
    """Until now the switch did nothing: a chat that has it off is not moved to the trash because of an upgrade."""
    chats = apps.get_model("companions", "Conversation").objects
    chats.filter(conversation_settings_auto_save_conversations=False).update(
        conversation_settings_auto_save_conversations=True
    )


class Migration(migrations.Migration):
    dependencies = [("companions", "0016_retention_of_chats")]

    operations = [migrations.RunPython(save_all, migrations.RunPython.noop)]
