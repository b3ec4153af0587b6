"""User personas/masks for bot interactions."""

from django.db import models

from botcafe.cms.collection import Collection
from botcafe.cms.fields import (
    Checkbox,
    Instant,
    Json,
    Number,
    Relation,
    RelationMany,
    Select,
    Text,
    Textarea,
    TextMany,
    Upload,
)
from botcafe.cms.row import Row
from botcafe.cms.rules import admin, owner, public_when


class Persona(Row):
    """User personas/masks for bot interactions."""

    user = Relation("accounts.User", required=True)
    name = Text(required=True, max_length=100)
    description = Textarea(required=True, max_length=500)
    personality_traits_tone = Select(
        group="personality_traits",
        options=(
            "friendly",
            "professional",
            "playful",
            "mysterious",
            "wise",
            "humorous",
            "empathetic",
            "authoritative",
        ),
    )
    personality_traits_formality_level = Select(
        group="personality_traits", options=("very-casual", "casual", "neutral", "formal", "very-formal")
    )
    personality_traits_humor_style = Select(
        group="personality_traits", options=("none", "light", "moderate", "dark", "sarcastic")
    )
    personality_traits_communication_style = Select(
        group="personality_traits", options=("direct", "elaborate", "concise", "storytelling", "questioning")
    )
    appearance_avatar = Upload(group="appearance")
    appearance_visual_theme = Select(
        group="appearance", options=("classic", "modern", "fantasy", "minimalist", "vintage", "futuristic")
    )
    appearance_color_scheme = Text(group="appearance", max_length=50)
    behavior_settings_response_length = Select(
        group="behavior_settings", options=("very-short", "short", "medium", "long", "very-long")
    )
    behavior_settings_creativity_level = Select(
        group="behavior_settings", options=("conservative", "moderate", "creative", "highly-creative")
    )
    behavior_settings_knowledge_sharing = Select(
        group="behavior_settings", options=("very-limited", "limited", "balanced", "generous", "very-generous")
    )
    interaction_preferences_preferred_topics = TextMany(group="interaction_preferences")
    interaction_preferences_avoid_topics = TextMany(group="interaction_preferences")
    interaction_preferences_conversation_starter = Textarea(group="interaction_preferences", max_length=200)
    interaction_preferences_signature_phrases = TextMany(group="interaction_preferences", max_length=100)
    is_default = Checkbox()
    is_public = Checkbox(default=False)
    usage_count = Number(server=True)
    tags = TextMany()
    custom_instructions = Textarea()
    knowledge_collections = RelationMany("knowledge.KnowledgeCollection", needs="read")
    origin = Json()
    created_timestamp = Instant()
    modified_timestamp = Instant()

    class Meta:
        verbose_name = "persona"
        indexes = (models.Index(fields=("user", "created_at"), name="persona_of_owner"),)


PERSONAS = Collection(
    model=Persona,
    slug="personas",
    name="Persona",
    read=public_when(is_public=True) | owner() | admin(),
    create=owner(),
    update=owner() | admin(),
    delete=owner() | admin(),
)
