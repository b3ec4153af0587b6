"""Queued tasks of older versions get the paths under which their functions are found now."""

from django.db import migrations

from botcafe.jobs.renamed_tasks import rename_queued_tasks


def rename(apps, schema_editor):
    rename_queued_tasks(apps.get_model("django_tasks_database", "DBTaskResult"))


class Migration(migrations.Migration):
    dependencies = [("django_tasks_database", "0021_conditional_partial_index_ordering")]
    operations = [migrations.RunPython(rename, migrations.RunPython.noop, elidable=True)]
