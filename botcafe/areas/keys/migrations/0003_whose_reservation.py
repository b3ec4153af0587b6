"""A reservation names the reply and the process that it is for, so that what nobody holds any more is freed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Whose a reservation is."""

    dependencies = (("keys", "0002_levels_and_use"),)
    operations = (
        migrations.AddField("keyreservation", "generation_id", models.BigIntegerField(null=True)),
        migrations.AddField("keyreservation", "process", models.TextField(default="")),
        migrations.AddIndex(
            "keyreservation", models.Index(fields=["generation_id"], name="key_reservation_of_reply")
        ),
    )
