"""Lorebooks: the ``knowledgeCollections`` collection with its sharing rules and hooks."""

from django.db import models
from django.db.models import Q

from botcafe.areas.creators.sharing import shared
from botcafe.areas.knowledge.hooks.indexing import remove_entries
from botcafe.areas.knowledge.hooks.originals import forget_originals
from botcafe.areas.knowledge.hooks.share_passwords import hash_share_password
from botcafe.areas.knowledge.hooks.share_settings import admins_decide
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.fields import (
    Checkbox,
    Instant,
    Json,
    Number,
    NumberMany,
    Relation,
    RelationMany,
    Select,
    SelectMany,
    Text,
    Textarea,
    TextMany,
)
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import AccessRule, Computed, Rows, Viewer, listed, owner


class KnowledgeCollection(Row):
    """Knowledge organization and grouping."""

    name = Text(required=True)
    user = Relation("accounts.User", required=True)
    bot = RelationMany("companions.Bot", needs="read")
    description = Textarea()
    created_timestamp = Instant()
    modified_timestamp = Instant()
    sharing_settings_sharing_level = Select(
        group="sharing_settings", required=True, options=("private", "shared", "public"), default="private"
    )
    sharing_settings_allow_collaboration = Checkbox(group="sharing_settings", default=True)
    sharing_settings_allow_fork = Checkbox(group="sharing_settings", default=True)
    sharing_settings_sharing_expiration = Instant(group="sharing_settings")
    sharing_settings_share_password = Text(group="sharing_settings", secret=True)
    sharing_settings_collaboration_requests = Checkbox(group="sharing_settings", default=True)
    sharing_settings_knowledge_count = Number(group="sharing_settings")
    sharing_settings_last_updated = Instant(group="sharing_settings")
    sharing_settings_is_public = Checkbox(group="sharing_settings")
    collaborators_collab_user_ids = NumberMany(group="collaborators")
    collaborators_collab_perms = SelectMany(group="collaborators", options=("read", "write", "admin"))
    collaborators_invited_by_user = Number(group="collaborators")
    collaborators_invited_at = Instant(group="collaborators")
    collaborators_collab_notes = Textarea(group="collaborators")
    collection_metadata_total_size_bytes = Number(group="collection_metadata")
    collection_metadata_total_words = Number(group="collection_metadata")
    collection_metadata_average_quality_score = Number(group="collection_metadata")
    collection_metadata_collection_category = Text(group="collection_metadata")
    collection_metadata_difficulty_level = Select(
        group="collection_metadata", options=("beginner", "intermediate", "advanced", "expert")
    )
    collection_metadata_language = Text(group="collection_metadata", default="en")
    collection_metadata_tags = TextMany(group="collection_metadata")
    usage_analytics_view_count = Number(group="usage_analytics")
    usage_analytics_fork_count = Number(group="usage_analytics")
    usage_analytics_collaboration_count = Number(group="usage_analytics")
    usage_analytics_last_viewed = Instant(group="usage_analytics")
    usage_analytics_popularity_score = Number(group="usage_analytics")
    usage_analytics_rating = Number(group="usage_analytics")
    usage_analytics_review_count = Number(group="usage_analytics")

    lore_settings_is_everywhere = Checkbox(group="lore_settings", default=False)
    lore_settings_scan_depth = Number(group="lore_settings", minimum=0, maximum=1000)
    lore_settings_token_budget = Number(group="lore_settings", minimum=0)
    lore_settings_recursive_scanning = Checkbox(group="lore_settings")
    origin = Json()
    lore_revision = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = "knowledge collection"
        indexes = (models.Index(fields=("user", "created_at"), name="knowledge_collection_of_owner"),)


def public(viewer: Viewer) -> Rows:
    """Collections that either of the two public switches opens, without a password and not expired."""
    # The old schema has both a level and a checkbox, and clients set either.
    is_open = Q(sharing_settings_sharing_level="public") | Q(sharing_settings_is_public=True)
    return is_open & lasting_collection(viewer.now) & unlocked_collection()


def lasting_collection(moment: object, prefix: str = "") -> Q:
    """Collections whose share has no end before a moment; ``prefix`` leads to them from their parts."""
    until = f"{prefix}sharing_settings_sharing_expiration"
    return Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": moment})


def unlocked_collection(prefix: str = "") -> Q:
    """Collections without a password."""
    password = f"{prefix}sharing_settings_share_password"
    return Q(**{f"{password}__isnull": True}) | Q(**{password: ""})


def by_list(level: str) -> AccessRule:
    """Collections that name the caller as a collaborator."""
    return listed(
        "collaborators_collab_user_ids",
        "collaborators_collab_perms",
        level,
        "sharing_settings_sharing_expiration",
        "sharing_settings_sharing_level",
    )


def collections_shared_with(viewer: Viewer) -> object:
    """The ids of the collections that the viewer collaborates on."""
    rows = by_list("read").rows(viewer)
    found = KnowledgeCollection.objects.filter(rows) if isinstance(rows, Q) else KnowledgeCollection.objects.none()
    return found.values("pk")


def next_revision(*collection_ids: int | None) -> None:
    """Raise the revision of these collections, so that every process drops its compiled copy."""
    changed = KnowledgeCollection.objects.filter(pk__in=[number for number in collection_ids if number])
    # Counted by the database: two writers at once must not end on the same number.
    changed.update(lore_revision=models.F("lore_revision") + 1)


def revise(change: Change) -> None:
    """Hook: raise the revision after a change of the collection's settings."""
    next_revision(change.row_id)


# Who decides beside the owner who may see and edit a collection.
ADMINS = by_list("admin") | shared("knowledgeCollections", "admin")


KNOWLEDGE_COLLECTIONS = Collection(
    model=KnowledgeCollection,
    slug="knowledgeCollections",
    name="Knowledge Collection",
    read=Computed("public", public) | owner() | by_list("read") | shared("knowledgeCollections", "read"),
    create=owner(),
    update=owner() | by_list("write") | shared("knowledgeCollections", "write"),
    delete=owner(),
    prepare=(hash_share_password,),
    prepare_bulk=(hash_share_password,),
    before_change=(admins_decide(ADMINS),),
    after_change=(revise,),
    # Before the deletion: afterwards the entries are gone by cascade and nothing says what to clean up.
    before_delete=(remove_entries, forget_originals),
    labels={
        "sharing_settings": "Sharing Settings",
        "collaborators": "Collaborators",
        "collection_metadata": "Collection Metadata",
        "usage_analytics": "Usage Analytics",
        "lore_settings": "Lore Settings",
    },
)
