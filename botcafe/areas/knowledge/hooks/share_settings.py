"""Only the owner and the admins of a shared row may change its sharing settings; other collaborators may not."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.schema.rules import AccessRule, viewer_for

GROUPS = ("privacy_settings_", "shared_access_", "sharing_settings_", "collaborators_")
REFUSED = "Only the owner and those who share it as admins decide who may see and edit it."


def decides(rule: AccessRule, of: Collection[Any], actor: Actor, row_id: int | None, owner_id: int | None) -> bool:
    """Whether the actor may change the sharing of a row: its owner may, and whoever ``rule`` reaches."""
    if actor.kind == "system" or (actor.is_signed_in and owner_id == actor.id):
        return True
    rows = rule.rows(viewer_for(actor))
    return isinstance(rows, Q) and of.model.objects.filter(rows).filter(pk=row_id).exists()


def admins_decide(rule: AccessRule) -> Callable[[Change], None]:
    """A hook that raises Forbidden where sharing settings change and the actor may not decide about them."""

    def check(change: Change) -> None:
        before = change.before or {}
        touched = [name for name in change.values if name.startswith(GROUPS)]
        # Clients send whole documents back, so unchanged settings are no attempt to change them.
        if change.verb != "update" or all(change.values[name] == before.get(name) for name in touched):
            return
        if not decides(rule, change.collection, change.actor, change.row_id, before.get("user_id")):
            raise Forbidden(REFUSED)

    return check
