"""The collection of API keys for model providers; their encryption hooks."""

from django.db import models

from botcafe.areas.keys import levels
from botcafe.areas.keys.collections.internal import UnlockedKey
from botcafe.areas.keys.sealing import key_context, seal_key_text
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed
from botcafe.cms.schema.fields import Checkbox, Instant, Json, Number, Relation, Select, Text, TextMany
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner
from botcafe.kit.addresses import GuardedAddressError, check_endpoint
from botcafe.kit.sealed import declare_sealed

PENDING_SEAL = "_sealing"
ADDRESS_COLUMN = "provider_settings_custom_settings_api_endpoint"


class ApiKey(Row):
    """User API keys for external AI providers."""

    user = Relation("accounts.User", required=True)
    nickname = Text(required=True)
    provider = Select(
        required=True,
        options=("openai", "anthropic", "google", "cohere", "together", "huggingface", "custom"),
        is_open=True,
    )
    key = Text(required=True, secret=True, shown_as="key_hint")
    key_hint = models.TextField(default="****")
    key_configuration_model_preferences = TextMany(group="key_configuration")
    key_configuration_rate_limits_requests_per_hour = Number(group="key_configuration.rate_limits")
    key_configuration_rate_limits_tokens_per_minute = Number(group="key_configuration.rate_limits")
    key_configuration_usage_tracking_monthly_quota = Number(group="key_configuration.usage_tracking")
    key_configuration_usage_tracking_daily_limit = Number(group="key_configuration.usage_tracking")
    key_configuration_fallback_providers = TextMany(group="key_configuration")
    usage_analytics_total_requests = Number(group="usage_analytics")
    usage_analytics_total_tokens_used = Number(group="usage_analytics")
    usage_analytics_monthly_usage = Json(group="usage_analytics")
    usage_analytics_average_response_time = Number(group="usage_analytics")
    usage_analytics_error_rate = Number(group="usage_analytics")
    security_features_key_encryption_level = Select(
        group="security_features", options=("basic", "advanced", "military-grade"), default="basic"
    )
    security_features_auto_rotation_enabled = Checkbox(group="security_features", default=False)
    security_features_rotation_schedule = Text(group="security_features")
    security_features_last_rotation_date = Instant(group="security_features")
    security_features_key_expiry_date = Instant(group="security_features")
    security_features_is_active = Checkbox(group="security_features", default=True)
    security_features_last_used = Instant(group="security_features")
    provider_settings_openai_settings_organization_id = Text(group="provider_settings.openai_settings")
    provider_settings_openai_settings_project_id = Text(group="provider_settings.openai_settings")
    provider_settings_anthropic_settings_account_preferences = Json(group="provider_settings.anthropic_settings")
    provider_settings_google_settings_project_configuration = Json(group="provider_settings.google_settings")
    provider_settings_custom_settings_configuration = Json(group="provider_settings.custom_settings")
    provider_settings_custom_settings_api_endpoint = Text(group="provider_settings.custom_settings")

    class Meta:
        verbose_name = "api key"
        indexes = (models.Index(fields=("user", "created_at"), name="api_key_of_owner"),)


def prepare_lock(change: Change) -> None:
    """Stretch a passphrase before the transaction: it takes a sixth of a second, too long for a write lock."""
    row = None
    if change.row_id is not None:
        row = ApiKey.objects.filter(pk=change.row_id).values("id", "key", "key_hint").first()
    levels.prepare_passphrase(change, row)


def check_address(change: Change) -> None:
    """Refuse an address that a model server cannot have; whether it may be reached is asked at each call."""
    address = change.values.get(ADDRESS_COLUMN)
    if not address or address == (change.before or {}).get(ADDRESS_COLUMN):
        return
    try:
        change.values[ADDRESS_COLUMN] = check_endpoint(address)
    except GuardedAddressError as error:
        path = "provider_settings.custom_settings.api_endpoint"
        raise ValidationFailed("api-key", [FieldProblem(path, str(error), "Endpoint")], change.row_id) from error


def set_key_aside(change: Change) -> None:
    """Keep the plain key out of the table; ``seal_key`` encrypts it once the row has an id to bind the token to."""
    found = levels.take_plain_key(change)
    change.given = {**change.given, PENDING_SEAL: found}
    if found is not None and change.verb == "create":
        change.values["key"] = ""


def seal_key(change: Change) -> None:
    """Encrypt the key, bound to its row, and lock what was unlocked with the old token."""
    found = change.given.get(PENDING_SEAL)
    if found is None or change.row_id is None:
        return
    owner = change.values.get("user_id") or (change.before or {}).get("user_id")
    token = seal_key_text(found.level, found.plain, change.row_id, int(owner or 0), found.lock)
    ApiKey.objects.filter(pk=change.row_id).update(key=token)
    UnlockedKey.objects.filter(api_key=change.row_id).delete()


API_KEYS = Collection(
    model=ApiKey,
    slug="api-key",
    name="Api Key",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    labels={
        "key_configuration": "Key Configuration",
        "usage_analytics": "Usage Analytics",
        "security_features": "Security Features",
        "provider_settings": "Provider Settings",
    },
    prepare=(prepare_lock,),
    before_change=(check_address, set_key_aside),
    after_change=(seal_key,),
    is_intimate=True,
)

declare_sealed("keys.ApiKey", "key", key_context)
