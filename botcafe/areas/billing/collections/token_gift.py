"""The collection of token gifts between users."""

from django.db import models

from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.fields import NOTHING, Instant, Number, Relation, Select, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner


class TokenGift(Row):
    """Token gifting system for users."""

    from_user = Relation("accounts.User", required=True)
    # Anybody may be given something. A gift goes with the account that it is for: it must not keep it from being erased.
    to_user = Relation("accounts.User", required=True, needs=NOTHING, part_of=True)
    token_amount = Number(required=True)
    message = Textarea()
    status = Select(required=True, options=("pending", "accepted", "declined", "expired"))
    created_date = Instant()
    expires_at = Instant()

    class Meta:
        verbose_name = "token gift"
        indexes = (models.Index(fields=("from_user", "created_at"), name="token_gift_of_owner"),)


def limit_recipient_to_status(change: Change) -> None:
    """Let the recipient of a gift change its status (accept or decline) and nothing else."""
    before = change.before or {}
    if change.verb == "update" and not change.actor.is_admin and change.actor.id != before.get("from_user_id"):
        for name in set(change.values) - {"status"}:
            del change.values[name]


TOKEN_GIFTS = Collection(
    model=TokenGift,
    slug="tokenGifts",
    name="Token Gift",
    read=owner("from_user") | owner("to_user") | admin(),
    create=owner("from_user"),
    update=owner("from_user") | owner("to_user") | admin(),
    delete=owner("from_user") | admin(),
    before_change=(limit_recipient_to_status,),
)
