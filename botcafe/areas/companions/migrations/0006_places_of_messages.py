"""Number the messages that are there: the first of a branch is 1."""

from typing import Any

from django.db import migrations

PLACES = (
    "WITH RECURSIVE walk(id, place) AS (SELECT id, 1 FROM companions_message WHERE parent_id IS NULL "
    "UNION ALL SELECT m.id, walk.place + 1 FROM walk JOIN companions_message m ON m.parent_id = walk.id) "
    "UPDATE companions_message SET place = walk.place FROM walk WHERE walk.id = companions_message.id"
)


def forward(apps: Any, schema_editor: Any) -> None:
    """Follow the parents down."""
    schema_editor.execute(PLACES, None)


class Migration(migrations.Migration):
    """Places of messages."""

    dependencies = (("companions", "0005_chat_whole"),)
    operations = (migrations.RunPython(forward, migrations.RunPython.noop),)
