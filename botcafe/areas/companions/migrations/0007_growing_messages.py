"""Whether a message is still being written."""

from typing import Any

from django.db import migrations, models


def let_triggers_go(apps: Any, schema_editor: Any) -> None:
    """On the way back no trigger may stand on the column."""
    if schema_editor.connection.vendor == "sqlite":
        for name in ("in", "out", "new"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS companions_message_words_{name}", None)


class Migration(migrations.Migration):
    """Growing messages."""

    dependencies = (("companions", "0006_places_of_messages"),)
    operations = (
        migrations.AddField("message", "is_growing", models.BooleanField(default=False)),
        migrations.RunPython(migrations.RunPython.noop, let_triggers_go),
    )
