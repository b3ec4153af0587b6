"""The collection of token packages for one-time purchase."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Number, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_unless_off


class TokenPackage(Row):
    """One-time token purchase options."""

    name = Text(required=True)
    token_amount = Number(required=True)
    price = Number(required=True)
    currency = Text(required=True)
    bonus_percentage = Number()
    is_active = Checkbox()

    class Meta:
        verbose_name = "token package"
        indexes = (models.Index(fields=("created_at",), name="token_package_by_time"),)


TOKEN_PACKAGES = Collection(
    model=TokenPackage,
    slug="tokenPackages",
    name="Token Package",
    read=public_unless_off("is_active") | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
