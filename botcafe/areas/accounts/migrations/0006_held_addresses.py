from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_lore_and_memory"),
        # Failed sign-ins are counted there.
        ("cms", "0001_rate_counts"),
    ]

    operations = [
        migrations.RemoveField(model_name="user", name="lock_until"),
        migrations.RemoveField(model_name="user", name="login_attempts"),
        migrations.AddField(model_name="user", name="move_token_hash", field=models.TextField(db_index=True, null=True)),
        migrations.AddField(model_name="user", name="pending_email", field=models.TextField(null=True)),
    ]
