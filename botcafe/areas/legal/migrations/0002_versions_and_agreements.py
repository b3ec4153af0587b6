import json

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# It stands in the texts that come with the software, until their operator has made them their own.
MARK_OF_A_DRAFT = "This text came with the software"


def keep_one_of_each_type(apps, schema_editor):
    """Leave the newest active version of each type active; what nobody has made their own becomes a draft."""
    documents = apps.get_model("legal", "LegalDocument").objects
    kept = set()
    for row in documents.exclude(is_active=False).order_by("-id").iterator(chunk_size=100):
        is_draft = MARK_OF_A_DRAFT in json.dumps(row.content)
        row.is_active = not is_draft and row.document_type not in kept
        row.activated_at = None if is_draft else row.updated_at
        if row.is_active:
            kept.add(row.document_type)
        row.save(update_fields=["is_active", "activated_at"])


def keep_one_agreement(apps, schema_editor):
    """Of several agreements of a person to one version the oldest stays in force."""
    agreements = apps.get_model("legal", "UserAgreement").objects
    again = agreements.filter(
        models.Exists(
            agreements.filter(
                user=models.OuterRef("user"), legal_document=models.OuterRef("legal_document"), id__lt=models.OuterRef("id")
            )
        )
    )
    for number in list(again.values_list("pk", flat=True)):
        agreements.filter(pk=number).update(withdrawn_at=models.F("agreed_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('legal', '0001_first'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='legaldocument',
            name='activated_at',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='useragreement',
            name='withdrawn_at',
            field=models.TextField(null=True),
        ),
        migrations.AlterField(
            model_name='consentlog',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='useragreement',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(keep_one_of_each_type, migrations.RunPython.noop),
        migrations.RunPython(keep_one_agreement, migrations.RunPython.noop),
    ]
