"""The user's own keys: listed masked, decrypted only for a call to their provider."""

from dataclasses import dataclass

from django.conf import settings

from botcafe.areas.keys.collections.api_key import API_KEYS, ApiKey
from botcafe.areas.keys.sealing import encryption_level_of, open_key_text
from botcafe.areas.keys.unlocking import NO_UNLOCKED_KEYS, UnlockedKeys
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Conflict, NotFound
from botcafe.kit import passphrase
from botcafe.kit.addresses import parse_allowed
from botcafe.kit.secrets import SecretError, SecretText
from botcafe.llm.protocol import Endpoint
from botcafe.llm.providers.profiles import PROVIDERS


@dataclass(frozen=True, slots=True)
class KeyListItem:
    """A key in a list; ``masked`` is all of it that is ever shown, ``level`` is the token's."""

    id: int
    nickname: str
    provider: str
    provider_label: str
    masked: str
    api_endpoint: str
    models: list[str]
    is_active: bool
    level: str
    created_at: str


def list_keys(actor: Actor) -> list[KeyListItem]:
    """The keys that the actor may see, newest first."""
    rows = API_KEYS.visible_to(actor).order_by("-created_at", "-id")
    return [key_list_item(row) for row in rows]


def key_list_item(row: ApiKey) -> KeyListItem:
    """The list entry of a key."""
    profile = PROVIDERS.get(row.provider)
    return KeyListItem(
        id=row.pk,
        nickname=row.nickname,
        provider=row.provider,
        provider_label=profile.label if profile else row.provider,
        masked=row.key_hint,
        api_endpoint=row.provider_settings_custom_settings_api_endpoint or "",
        models=list(row.key_configuration_model_preferences or []),
        is_active=row.security_features_is_active is not False,
        level=encryption_level_of(row.key),
        created_at=row.created_at,
    )


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """A decrypted key: everything that a call to its provider needs."""

    provider: str
    endpoint: Endpoint
    models: list[str]


_OWN_KEY = PreparedQuery(lambda pk, user: ApiKey.objects.filter(pk=pk, user=user), 2)


def open_key(actor: Actor, key_id: int, unlocked: UnlockedKeys = NO_UNLOCKED_KEYS) -> OpenedKey:
    """Decrypt one of the actor's own active keys; ``unlocked`` holds the data keys of those with a passphrase.

    Raises NotFound, KeyLockedError, and Conflict for a key whose master or data key is gone.
    """
    row = _OWN_KEY.first(key_id, actor.id) if actor.id else None
    if row is None or row.security_features_is_active is False:
        raise NotFound("This key is not there any more, or it is switched off.")
    profile = PROVIDERS.get(row.provider)
    base = row.provider_settings_custom_settings_api_endpoint or (profile.base_url if profile else "")
    if not base:
        raise NotFound("This key has no address to call: add the endpoint of its provider.")
    plain = unlocked.open_key_text(row) if passphrase.is_locked(row.key) else _open_without_passphrase(row)
    allowed = parse_allowed(settings.PRIVATE_ENDPOINTS)
    endpoint = Endpoint(base, SecretText(plain), headers=_openai_headers(row), private_endpoints=allowed)
    return OpenedKey(row.provider, endpoint, list(row.key_configuration_model_preferences or []))


def _open_without_passphrase(row: ApiKey) -> str:
    try:
        return open_key_text(row.key, row.pk, row.user_id)
    except SecretError as error:
        raise Conflict("This key cannot be read here any more. Enter it anew under Keys.") from error


def _openai_headers(row: ApiKey) -> dict[str, str]:
    """The headers that tell OpenAI which organisation and project pay."""
    if row.provider != "openai":
        return {}
    given = {
        "OpenAI-Organization": row.provider_settings_openai_settings_organization_id,
        "OpenAI-Project": row.provider_settings_openai_settings_project_id,
    }
    # The HTTP client raises for header values with other characters.
    return {name: value for name, value in given.items() if value and value.isascii() and value.isprintable()}


def provider_choices() -> list[tuple[str, str]]:
    """Name and label of each provider, for a select."""
    return [(profile.name, profile.label) for profile in PROVIDERS.values()]
