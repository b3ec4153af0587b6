"""Access rules for rows that their owner has shared through the accessControl collection."""

from typing import Any

from django.apps import apps
from django.db.models import Q

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.rules import AccessRule, Computed, Rows, Viewer
from botcafe.kit.instants import now

LEVELS = {"read": ("read", "write", "admin"), "write": ("write", "admin"), "admin": ("admin",)}


def shared(resource: str, level: str, *, through: str = "pk") -> AccessRule:
    """Rows shared with the caller at this level or above; ``through`` is the lookup of the shared row."""

    def rows(viewer: Viewer) -> Rows:
        if viewer.kind == "anonymous":
            return False
        return Q(**{f"{through}__in": shared_ids(resource, level, viewer)})

    return Computed(f"shared ({level})", rows)


def shared_ids(resource: str, level: str, viewer: Viewer) -> Any:
    """Subquery of the ids of a resource type that are shared with the viewer now."""
    # By name: the models import this module for their access rules.
    shares = apps.get_model("creators", "AccessControl").objects.filter(
        Q(share_expiration__isnull=True) | Q(share_expiration__gt=viewer.now),
        resource_type=resource,
        resource_row__isnull=False,
        permission_level__in=LEVELS[level],
        shared_with_users__target=viewer.id,
    )
    return shares.values("resource_row")


def accounts_shared_with(resource: str, row_id: int) -> Any:
    """Subquery of the accounts that a row is shared with now."""
    shares = apps.get_model("creators", "AccessControl")._default_manager.filter(
        Q(share_expiration__isnull=True) | Q(share_expiration__gt=now()), resource_type=resource, resource_row=row_id
    )
    return shares.values("shared_with_users__target")


def shared_with_me() -> AccessRule:
    """accessControl rows that name the caller."""

    def rows(viewer: Viewer) -> Rows:
        if viewer.kind == "anonymous":
            return False
        links = apps.get_model("creators", "AccessControlSharedWithUsersLink")
        return Q(pk__in=links._default_manager.filter(target=viewer.id).values("parent_id"))

    return Computed("shared with", rows)


def is_owned_by(owner_id: int | None, of: Collection[Any], row_id: int) -> bool:
    """Whether the row belongs to this account, judged by the right to delete it, which sharing never gives."""
    return of.visible_to(Actor("user", owner_id), "delete").filter(pk=row_id).exists()
