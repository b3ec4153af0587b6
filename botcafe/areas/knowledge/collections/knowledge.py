"""Lore entries: the ``knowledge`` collection with its sharing rules and hooks."""

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from botcafe.areas.creators.sharing import shared
from botcafe.areas.knowledge.collections.knowledge_collection import (
    KNOWLEDGE_COLLECTIONS,
    KnowledgeCollection,
    collections_shared_with,
    lasting_collection,
    next_revision,
    unlocked_collection,
)
from botcafe.areas.knowledge.hooks.indexing import index_row, remove_row
from botcafe.areas.knowledge.hooks.originals import forget_original
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
from botcafe.cms.schema.rules import AccessRule, Computed, Rows, Viewer, listed, owner, part_of
from botcafe.kit.instants import now


class Knowledge(Row):
    """Knowledge entries for RAG system (Lore)."""

    user = Relation("accounts.User", required=True)
    entry = Textarea(required=True)
    type = Select(
        required=True, options=("document", "url", "text", "image", "audio", "video", "code", "legacy_memory")
    )
    # "update": an entry may only be put into a collection that the writer may edit (decision 0007).
    knowledge_collection = Relation("knowledge.KnowledgeCollection", required=True, needs="update", part_of=True)
    tags = TextMany()
    tokens = Number()
    created_timestamp = Instant()
    modified_timestamp = Instant()
    is_legacy_memory = Checkbox(default=False)
    source_memory = Relation("knowledge.Memory", wire="source_memory_id", needs="read")
    source_conversation = Relation("companions.Conversation", wire="source_conversation_id", needs="read")
    original_participants = Json()
    memory_date_range = Json()
    applies_to_bots = RelationMany("companions.Bot", needs="read")
    applies_to_personas = RelationMany("companions.Persona", needs="read")
    is_vectorized = Checkbox(db_index=True, default=False)
    vector_records = RelationMany("knowledge.VectorRecord", needs="read")
    chunk_count = Number()
    r2_file_key = Text()
    privacy_settings_privacy_level = Select(
        group="privacy_settings", required=True, options=("private", "shared", "public"), default="private"
    )
    privacy_settings_allow_sharing = Checkbox(group="privacy_settings", default=True)
    privacy_settings_share_expiration = Instant(group="privacy_settings")
    privacy_settings_password_protected = Checkbox(group="privacy_settings")
    privacy_settings_share_password = Text(group="privacy_settings", secret=True)
    privacy_settings_access_count = Number(group="privacy_settings")
    privacy_settings_last_accessed = Instant(group="privacy_settings")
    shared_access_shared_with_user_ids = NumberMany(group="shared_access")
    shared_access_permissions = SelectMany(group="shared_access", options=("read", "write", "admin"))
    shared_access_shared_by_user_id = Number(group="shared_access")
    shared_access_shared_at = Instant(group="shared_access")
    shared_access_sharing_notes = Textarea(group="shared_access")
    content_metadata_source_url = Text(group="content_metadata")
    content_metadata_author = Text(group="content_metadata")
    content_metadata_language = Text(group="content_metadata")
    content_metadata_word_count = Number(group="content_metadata")
    content_metadata_reading_time_minutes = Number(group="content_metadata")
    content_metadata_content_hash = Text(group="content_metadata")
    content_metadata_processing_status = Select(
        group="content_metadata", options=("pending", "processing", "completed", "failed")
    )
    usage_analytics_view_count = Number(group="usage_analytics")
    usage_analytics_search_count = Number(group="usage_analytics")
    usage_analytics_citation_count = Number(group="usage_analytics", wire="引用_count")
    usage_analytics_last_searched = Instant(group="usage_analytics")
    usage_analytics_popularity_score = Number(group="usage_analytics")

    # From here on the columns are ours; Payload's collection ends above.
    vectorization_progress = Number(minimum=0, maximum=100)
    vector_status = Select(options=("pending", "processing", "completed", "failed"))
    narrative_timeline = Json()

    title = Text()
    activation_settings_activation_mode = Select(
        group="activation_settings", options=("keyword", "vector", "hybrid", "constant", "off"), default="hybrid"
    )
    activation_settings_primary_keys = TextMany(group="activation_settings")
    activation_settings_secondary_keys = TextMany(group="activation_settings")
    activation_settings_is_selective = Checkbox(group="activation_settings", default=True)
    activation_settings_keywords_logic = Select(
        group="activation_settings", options=("AND_ANY", "NOT_ALL", "NOT_ANY", "AND_ALL"), default="AND_ANY"
    )
    activation_settings_case_sensitive = Checkbox(group="activation_settings")
    activation_settings_match_whole_words = Checkbox(group="activation_settings")
    activation_settings_use_regex = Checkbox(group="activation_settings")
    activation_settings_scan_depth = Number(group="activation_settings", minimum=0, maximum=1000)
    activation_settings_match_sources = SelectMany(
        group="activation_settings",
        options=("persona", "description", "personality", "depth_prompt", "scenario", "creator_notes"),
    )
    activation_settings_similarity_threshold = Number(group="activation_settings", minimum=0, maximum=1)
    activation_settings_probability = Number(group="activation_settings", minimum=0, maximum=100, default=100)
    positioning_position = Select(
        group="positioning",
        options=(
            "before_char",
            "after_char",
            "note_top",
            "note_bottom",
            "at_depth",
            "before_examples",
            "after_examples",
            "outlet",
        ),
        default="before_char",
    )
    positioning_depth = Number(group="positioning", minimum=0, maximum=10_000)
    positioning_role = Select(group="positioning", options=("system", "user", "assistant"))
    positioning_order = Number(group="positioning", default=100)
    positioning_outlet_name = Text(group="positioning")
    advanced_activation_sticky = Number(group="advanced_activation", minimum=0)
    advanced_activation_cooldown = Number(group="advanced_activation", minimum=0)
    advanced_activation_delay = Number(group="advanced_activation", minimum=0)
    advanced_activation_exclude_recursion = Checkbox(group="advanced_activation")
    advanced_activation_prevent_recursion = Checkbox(group="advanced_activation")
    advanced_activation_delay_until_recursion = Number(group="advanced_activation", minimum=0)
    advanced_activation_group = Text(group="advanced_activation")
    advanced_activation_group_override = Checkbox(group="advanced_activation")
    advanced_activation_group_weight = Number(group="advanced_activation", minimum=0)
    advanced_activation_use_group_scoring = Checkbox(group="advanced_activation")
    filtering_triggers = SelectMany(
        group="filtering", options=("normal", "continue", "impersonate", "swipe", "regenerate", "quiet")
    )
    filtering_character_filter = Json(group="filtering")
    budget_control_ignore_budget = Checkbox(group="budget_control")
    budget_control_priority = Number(group="budget_control")
    origin = Json()

    class Meta:
        verbose_name = "knowledge"
        indexes = (models.Index(fields=("user", "created_at"), name="knowledge_of_owner"),)


def public(viewer: Viewer) -> Rows:
    """Public entries whose share has not expired, where neither they nor their collection has a password."""
    unlocked = ~Q(privacy_settings_password_protected=True) & unlocked_collection("knowledge_collection__")
    return Q(privacy_settings_privacy_level="public") & unlocked & shared_for_now(viewer)


def shared_for_now(viewer: Viewer) -> Q:
    """Entries that may be shared, where neither their share nor that of their collection has expired."""
    lasting = lasting_collection(viewer.now, "knowledge_collection__")
    until = "privacy_settings_share_expiration"
    lasts = Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": viewer.now})
    return lasts & lasting & _MAY_BE_SHARED


def in_shared_collection(viewer: Viewer) -> Rows:
    """Shared entries of a collection that the caller collaborates on."""
    if viewer.kind == "anonymous":
        return False
    together = Q(knowledge_collection__in=collections_shared_with(viewer))
    return Q(privacy_settings_privacy_level="shared") & together & shared_for_now(viewer)


def by_list(level: str) -> AccessRule:
    """Entries that name the caller in their own list of users."""
    return listed(
        "shared_access_shared_with_user_ids",
        "shared_access_permissions",
        level,
        "privacy_settings_share_expiration",
        "privacy_settings_privacy_level",
    )


PUBLIC = Computed("public", public)
IN_SHARED_COLLECTION = Computed("collaborator of its collection", in_shared_collection)
_MAY_BE_SHARED = ~Q(privacy_settings_allow_sharing=False)
SHAREABLE = Computed("shareable", lambda viewer: _MAY_BE_SHARED)
BOOK_OWNER = part_of("knowledge_collection", KNOWLEDGE_COLLECTIONS, "delete")
# Who wrote an entry into a collection of another has it for as long as they may write there.
AUTHOR = owner() & part_of("knowledge_collection", KNOWLEDGE_COLLECTIONS, "update")


def stamp_edit(change: Change) -> None:
    """Hook: set ``modified_timestamp`` when the text changes."""
    if change.verb == "update" and "entry" in change.values:
        change.values["modified_timestamp"] = now()


def count_entries(*collection_ids: int) -> None:
    """Update the stored number of entries of collections, for actions and jobs."""
    # Counted again and not incremented, so that two writers at once cannot leave a wrong number.
    entries = Knowledge.objects.filter(knowledge_collection=OuterRef("pk")).order_by().values("knowledge_collection")
    counted = Subquery(entries.annotate(n=Count("pk")).values("n"), output_field=models.FloatField())
    KnowledgeCollection.objects.filter(pk__in=collection_ids).update(
        sharing_settings_knowledge_count=Coalesce(counted, 0.0), sharing_settings_last_updated=now()
    )


def revise(change: Change) -> None:
    """Hook: raise the revision of the entry's collection, and of the one that it was moved out of."""
    next_revision((change.before or {}).get("knowledge_collection_id"), change.values.get("knowledge_collection_id"))


KNOWLEDGE = Collection(
    model=Knowledge,
    slug="knowledge",
    read=PUBLIC
    | BOOK_OWNER
    | AUTHOR
    | IN_SHARED_COLLECTION
    | (SHAREABLE & (by_list("read") | shared("knowledge", "read"))),
    create=owner(),
    update=BOOK_OWNER | AUTHOR | (SHAREABLE & (by_list("write") | shared("knowledge", "write"))),
    delete=BOOK_OWNER | AUTHOR,
    # The permission check comes first; the password is hashed last, after it may have been refused.
    before_change=(admins_decide(BOOK_OWNER | by_list("admin") | shared("knowledge", "admin")), stamp_edit),
    prepare=(hash_share_password,),
    prepare_bulk=(hash_share_password,),
    # Inside the transaction: an entry is never stored without its words in the index.
    after_change=(revise, index_row),
    after_delete=(remove_row, forget_original, revise),
    labels={
        "privacy_settings": "Privacy Settings",
        "shared_access": "Shared Access",
        "content_metadata": "Content Metadata",
        "usage_analytics": "Usage Analytics",
        "activation_settings": "Activation Settings",
        "advanced_activation": "Advanced Activation",
        "budget_control": "Budget Control",
    },
)
