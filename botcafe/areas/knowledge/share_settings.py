"""Who may see and edit a thing is decided by its owner, and by those who are its admins: not by everyone who writes in it."""

from collections.abc import Callable

from django.db.models import Q

from botcafe.cms.collection import Change
from botcafe.cms.errors import Forbidden
from botcafe.cms.rules import Rule, viewer_of

GROUPS = ("privacy_settings_", "shared_access_", "sharing_settings_", "collaborators_")
REFUSED = "Only the owner and those who share it as admins decide who may see and edit it."


def admins_decide(rule: Rule) -> Callable[[Change], None]:
    """A hook before a change that refuses other settings of sharing from anybody but the owner and ``rule``'s admins."""

    def check(change: Change) -> None:
        before = change.before or {}
        if change.verb != "update" or change.actor.kind == "system" or before.get("user_id") == change.actor.id:
            return
        touched = (name for name in change.values if name.startswith(GROUPS))
        if all(change.values[name] == before.get(name) for name in touched):
            return
        rows = rule.rows(viewer_of(change.actor))
        admins = change.collection.model.objects.filter(rows) if isinstance(rows, Q) else None
        if admins is None or not admins.filter(pk=change.row_id).exists():
            raise Forbidden(REFUSED)

    return check
