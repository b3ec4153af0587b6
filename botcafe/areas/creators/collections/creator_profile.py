"""The collection of public creator profiles."""

from django.db import models

from botcafe.areas.creators.names import check_links, refuse_house_name
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import (
    Checkbox,
    Instant,
    Json,
    Number,
    Relation,
    RelationMany,
    Text,
    Textarea,
    UploadField,
)
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, anyone, owner


class CreatorProfile(Row):
    """Public creator profiles for multi-tenant platform."""

    user = Relation("accounts.User", required=True)
    display_name = Text(required=True)
    bio = Textarea()
    avatar = UploadField(needs="read")
    social_links = Json()
    featured_bots = RelationMany("companions.Bot", needs="read")
    total_bots_created = Number(server=True)
    total_likes_received = Number(server=True)
    profile_views = Number(server=True)
    is_verified = Checkbox(server=True)
    created_date = Instant()

    class Meta:
        verbose_name = "creator profile"
        indexes = (models.Index(fields=("user", "created_at"), name="creator_profile_of_owner"),)


CREATOR_PROFILES = Collection(
    model=CreatorProfile,
    slug="creatorProfiles",
    name="Creator Profile",
    read=anyone(),
    create=owner(),
    update=owner() | admin(),
    delete=owner() | admin(),
    before_change=(refuse_house_name("display_name"), check_links),
)
