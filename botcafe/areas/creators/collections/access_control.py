"""The accessControl collection: which rows of the owner others may read or edit."""

from django.db import models

from botcafe.areas.creators.sharing import is_owned_by, shared_with_me
from botcafe.cms.schema.collection import Change, Collection, find_collection
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed
from botcafe.cms.schema.fields import NOTHING, Instant, Relation, RelationMany, Select, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner
from botcafe.kit.ids import parse_row_id


class AccessControl(Row):
    """One row shared with some accounts. ``resource_row`` is ``resource_id`` as a number, for the rule's query."""

    resource_type = Select(required=True, options=("bot", "knowledge", "conversation"), is_open=True)
    resource_id = Text(required=True)
    owner_user = Relation("accounts.User", required=True)
    # Accounts are not readable to each other, and a share gives them something without following anything of theirs.
    shared_with_users = RelationMany("accounts.User", needs=NOTHING)
    permission_level = Select(required=True, options=("read", "write", "admin"))
    share_link = Text()
    share_expiration = Instant()
    created_date = Instant()
    resource_row = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        verbose_name = "access control"
        indexes = (models.Index(fields=("owner_user", "created_at"), name="access_control_of_owner"),)


def require_ownership(change: Change) -> None:
    """Raises ValidationFailed where the shared row does not belong to the owner of the share."""
    if change.before is not None:
        same = {k: change.values.get(k, change.before.get(k)) for k in ("resource_type", "resource_id")}
    else:
        same = {k: change.values.get(k) for k in ("resource_type", "resource_id")}
    target = find_collection(str(same["resource_type"]))
    if target is None:
        change.values["resource_row"] = None
        return
    number = parse_row_id(same["resource_id"])
    owner_id = change.values.get("owner_user_id") or (change.before or {}).get("owner_user_id")
    if number is None or not is_owned_by(owner_id, target, number):
        problem = FieldProblem("resource_id", "Only something of the owner's own can be shared.", "Resource_id")
        raise ValidationFailed("accessControl", [problem], change.row_id)
    change.values["resource_row"] = number


ACCESS_CONTROLS = Collection(
    model=AccessControl,
    slug="accessControl",
    read=owner("owner_user") | shared_with_me() | admin(),
    create=owner("owner_user"),
    update=owner("owner_user") | admin(),
    delete=owner("owner_user") | admin(),
    before_change=(require_ownership,),
)
