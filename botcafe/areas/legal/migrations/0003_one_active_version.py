from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('legal', '0002_versions_and_agreements'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='legaldocument',
            constraint=models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('document_type',), name='legal_document_one_active'),
        ),
        migrations.AddConstraint(
            model_name='useragreement',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('user', 'legal_document'), name='user_agreement_once'),
        ),
    ]
