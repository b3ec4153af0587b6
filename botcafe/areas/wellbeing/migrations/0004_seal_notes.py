"""Seals the notes of the mood journal that are there in plain words."""

from typing import Any

from django.db import migrations

from botcafe.areas.wellbeing.sealed_notes import seal_plain_notes


def seal_notes(apps: Any, schema_editor: Any) -> None:
    """Seal them with the data keys of their accounts, which are made where they are missing."""
    seal_plain_notes(apps.get_model("wellbeing", "Mood"))


class Migration(migrations.Migration):
    dependencies = [
        ("wellbeing", "0003_notice_counts"),
        ("keys", "0003_whose_reservation"),
    ]

    operations = [migrations.RunPython(seal_notes, migrations.RunPython.noop)]
