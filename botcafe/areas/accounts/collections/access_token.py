"""The collection of access tokens for API clients, stored as hashes and shown once."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Relation, SelectMany, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import nobody, owner

SCOPES = ("chat", "embeddings")


class AccessToken(Row):
    """One access token. ``hint`` is all of it that is shown after its creation."""

    user = Relation("accounts.User", required=True)
    name = Text(required=True, max_length=100)
    scopes = SelectMany(options=SCOPES)
    hint = Text()
    expires_at = Instant()
    last_used_at = Instant()
    hash = models.TextField(null=True, unique=True)

    class Meta:
        verbose_name = "access token"
        indexes = (models.Index(fields=("user", "created_at"), name="access_token_of_owner"),)


ACCESS_TOKENS = Collection(
    model=AccessToken,
    slug="accessTokens",
    name="Access Token",
    read=owner(),
    create=nobody(),
    update=nobody(),
    delete=owner(),
    is_added=True,
    is_intimate=True,
)
