"""The collection of token gifts between users."""

from django.db import models

from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.errors import Conflict, FieldProblem, ValidationFailed
from botcafe.cms.schema.fields import NOTHING, Instant, Number, Relation, Select, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner


class TokenGift(Row):
    """Token gifting system for users."""

    from_user = Relation("accounts.User", required=True)
    # Anybody may be given something. A gift goes with the account that it is for: it must not keep it from being erased.
    to_user = Relation("accounts.User", required=True, needs=NOTHING, part_of=True)
    token_amount = Number(required=True, minimum=1)
    message = Textarea()
    status = Select(required=True, options=("pending", "accepted", "declined", "expired"), default="pending")
    created_date = Instant()
    expires_at = Instant()

    class Meta:
        verbose_name = "token gift"
        indexes = (models.Index(fields=("from_user", "created_at"), name="token_gift_of_owner"),)


def check_new_gift(change: Change) -> None:
    """A gift begins as pending, and goes to somebody else. Raises ValidationFailed."""
    if change.verb != "create" or change.actor.is_admin:
        return
    change.values["status"] = "pending"
    if change.values.get("to_user_id") == change.values.get("from_user_id"):
        raise ValidationFailed("tokenGifts", [FieldProblem("to_user", "A gift goes to somebody else.", "To User")])


def let_each_side_change_its_own(change: Change) -> None:
    """The recipient accepts or declines a pending gift and changes nothing else; its sender changes the words around it."""
    before = change.before or {}
    if change.verb != "update" or change.actor.is_admin:
        return
    is_sender = change.actor.id == before.get("from_user_id")
    may_answer = not is_sender and before.get("status") == "pending"
    own = {"message", "expires_at"} if is_sender else {"status"} if may_answer else set()
    for name in set(change.values) - own:
        del change.values[name]


def keep_accepted_gift(change: Change) -> None:
    """Raises Conflict for a gift that was accepted: it is evidence for both sides."""
    if (change.before or {}).get("status") == "accepted" and not change.actor.is_admin:
        raise Conflict("This gift was accepted, so it stays on record.")


TOKEN_GIFTS = Collection(
    model=TokenGift,
    slug="tokenGifts",
    name="Token Gift",
    read=owner("from_user") | owner("to_user") | admin(),
    create=owner("from_user"),
    update=owner("from_user") | owner("to_user") | admin(),
    delete=owner("from_user") | admin(),
    before_change=(check_new_gift, let_each_side_change_its_own),
    before_delete=(keep_accepted_gift,),
)
