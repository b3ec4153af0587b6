"""A person's own keys: listed masked, opened only for a call to their provider."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from botcafe.areas.keys.collections.api_key import API_KEYS
from botcafe.cms.actor import Actor
from botcafe.cms.errors import NotFound
from botcafe.kit.addresses import parse_allowed
from botcafe.kit.secrets import KeyRing, SecretText, open_sealed
from botcafe.llm.profiles import PROVIDERS
from botcafe.llm.protocol import Endpoint


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key in a list; ``masked`` is all of it that is ever shown."""

    id: int
    nickname: str
    provider: str
    provider_label: str
    masked: str
    api_endpoint: str
    models: list[str]
    is_active: bool
    created_at: str


def keys_of(actor: Actor) -> list[KeyLine]:
    """The actor's keys, newest first."""
    rows = API_KEYS.visible_to(actor).order_by("-created_at", "-id")
    return [_line(row) for row in rows]


def _line(row: Any) -> KeyLine:
    profile = PROVIDERS.get(row.provider)
    return KeyLine(
        id=row.pk,
        nickname=row.nickname,
        provider=row.provider,
        provider_label=profile.label if profile else row.provider,
        masked=row.key_hint,
        api_endpoint=row.provider_settings_custom_settings_api_endpoint or "",
        models=list(row.key_configuration_model_preferences or []),
        is_active=row.security_features_is_active is not False,
        created_at=row.created_at,
    )


@dataclass(frozen=True, slots=True)
class OpenedKey:
    """What a call to a provider needs."""

    provider: str
    endpoint: Endpoint
    models: list[str]


def open_key(actor: Actor, key_id: int) -> OpenedKey:
    """Open one of the actor's own active keys. Raises NotFound."""
    row = API_KEYS.visible_to(actor).filter(pk=key_id, user=actor.id).first()
    if row is None or row.security_features_is_active is False:
        raise NotFound("This key is not there any more, or it is switched off.")
    profile = PROVIDERS.get(row.provider)
    base = row.provider_settings_custom_settings_api_endpoint or (profile.base_url if profile else "")
    if not base:
        raise NotFound("This key has no address to call: add the endpoint of its provider.")
    plain = open_sealed(KeyRing.from_base64(settings.MASTER_KEYS), row.key, f"api-key:{row.pk}")
    allowed = parse_allowed(settings.PRIVATE_ENDPOINTS)
    endpoint = Endpoint(base, SecretText(plain), private_endpoints=allowed)
    return OpenedKey(row.provider, endpoint, list(row.key_configuration_model_preferences or []))


def provider_choices() -> list[tuple[str, str]]:
    """The providers that this version speaks to, with their names for people."""
    return [(profile.name, profile.label) for profile in PROVIDERS.values() if profile.is_built]
