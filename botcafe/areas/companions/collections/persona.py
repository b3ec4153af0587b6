"""The persona collection and its versions."""

from django.db import models

from botcafe.cms.revisions import Snapshot, VersionHistory
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import (
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
    UploadField,
)
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner, public_when


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
    appearance_avatar = UploadField(group="appearance", needs="read")
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


class PersonaVersion(Snapshot):
    """Snapshot of a persona's texts after a change."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="versions")

    class Meta:
        verbose_name = "persona version"
        indexes = (models.Index(fields=("persona", "id"), name="persona_version_of_persona"),)

    def __str__(self) -> str:
        return f"persona {self.persona_id} at {self.made_at}"


PERSONA_VERSIONS = VersionHistory(
    PersonaVersion,
    "persona",
    (
        "name",
        "description",
        "personality_traits_tone",
        "personality_traits_formality_level",
        "personality_traits_humor_style",
        "personality_traits_communication_style",
        "appearance_visual_theme",
        "appearance_color_scheme",
        "behavior_settings_response_length",
        "behavior_settings_creativity_level",
        "behavior_settings_knowledge_sharing",
        "interaction_preferences_preferred_topics",
        "interaction_preferences_avoid_topics",
        "interaction_preferences_conversation_starter",
        "interaction_preferences_signature_phrases",
        "custom_instructions",
        "tags",
    ),
    {
        "personality_traits_tone": "tone",
        "personality_traits_formality_level": "formality",
        "personality_traits_humor_style": "humour",
        "personality_traits_communication_style": "way of speaking",
        "appearance_visual_theme": "style",
        "appearance_color_scheme": "colours",
        "behavior_settings_response_length": "length of replies",
        "behavior_settings_creativity_level": "imagination",
        "behavior_settings_knowledge_sharing": "what they tell",
        "interaction_preferences_preferred_topics": "likes to talk about",
        "interaction_preferences_avoid_topics": "does not talk about",
        "interaction_preferences_conversation_starter": "how they begin",
        "interaction_preferences_signature_phrases": "what they often say",
    },
)


PERSONAS = Collection(
    model=Persona,
    slug="personas",
    name="Persona",
    read=public_when(is_public=True) | owner() | admin(),
    create=owner(),
    update=owner() | admin(),
    delete=owner() | admin(),
    after_change=(PERSONA_VERSIONS.keep,),
)
