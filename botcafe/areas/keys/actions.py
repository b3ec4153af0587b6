"""Add, change and delete keys."""

from typing import Any

from django.conf import settings
from django.db import transaction

from botcafe.areas.keys.collections.api_key import API_KEYS, ApiKey
from botcafe.areas.keys.collections.internal import UnlockedKey
from botcafe.areas.keys.levels import validation_error
from botcafe.areas.keys.sealing import key_context, key_ring, limit_passphrase_attempts
from botcafe.areas.keys.unlocking import open_data_key
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, FieldProblem, NotFound, ValidationFailed
from botcafe.cms.write import write_operations
from botcafe.kit import passphrase as passphrases
from botcafe.kit.addresses import GuardedAddressError, check_endpoint, parse_allowed
from botcafe.kit.instants import now
from botcafe.kit.secrets import SecretError

FLAT = Query({"depth": "0"})


def add_key(
    actor: Actor,
    *,
    nickname: str,
    provider: str,
    key: str,
    endpoint: str,
    model: str,
    level: str = "basic",
    passphrase: str = "",
) -> int:
    """Store a new key encrypted; returns its id. Raises ValidationFailed, also for an endpoint that may not be called."""
    _check_endpoint(provider, endpoint.strip())
    data = {
        "nickname": nickname.strip() or provider,
        "provider": provider,
        # Local servers need no key, but the column is required.
        "key": key.strip() or "none",
        "key_configuration": {"model_preferences": [model.strip()] if model.strip() else []},
        "provider_settings": {"custom_settings": {"api_endpoint": endpoint.strip() or None}},
        "security_features": {"key_encryption_level": level},
        "passphrase": passphrase,
    }
    return int(write_operations.create_document(API_KEYS, actor, data, FLAT)["id"])


def _check_endpoint(provider: str, endpoint: str) -> None:
    if endpoint:
        try:
            check_endpoint(endpoint, parse_allowed(settings.PRIVATE_ENDPOINTS))
        except GuardedAddressError as error:
            raise ValidationFailed("api-key", [FieldProblem("api_endpoint", str(error), "Endpoint")]) from error
    elif provider == "custom":
        problem = FieldProblem("api_endpoint", "A custom provider needs its address.", "Endpoint")
        raise ValidationFailed("api-key", [problem])


def change_key_settings(actor: Actor, key_id: int, data: dict[str, Any]) -> None:
    """Change a key's nickname, endpoint, models, fallbacks and limits. Raises ApiError."""
    row = API_KEYS.visible_to(actor).filter(pk=key_id).first()
    if row is None:
        raise NotFound
    _check_endpoint(row.provider, data["provider_settings"]["custom_settings"]["api_endpoint"] or "")
    write_operations.update_by_id(API_KEYS, actor, key_id, data, FLAT)


def set_preferred_models(actor: Actor, key_id: int, models: list[str]) -> None:
    """Set the preferred models of a key, the default first. Raises ApiError."""
    write_operations.update_by_id(API_KEYS, actor, key_id, {"key_configuration": {"model_preferences": models}}, FLAT)


def set_key_active(actor: Actor, key_id: int, *, on: bool) -> None:
    """Switch a key on or off. Raises ApiError."""
    write_operations.update_by_id(API_KEYS, actor, key_id, {"security_features": {"is_active": on}}, FLAT)


def replace_key(actor: Actor, key_id: int, key: str, passphrase: str) -> None:
    """Replace the key text, at the same encryption level. Raises ApiError."""
    write_operations.update_by_id(API_KEYS, actor, key_id, {"key": key.strip(), "passphrase": passphrase or None}, FLAT)


def change_encryption_level(actor: Actor, key_id: int, level: str, passphrase: str) -> None:
    """Re-encrypt a key at another level; ``passphrase`` is the new one, or opens the old token. Raises ApiError."""
    group = {"key_encryption_level": level}
    write_operations.update_by_id(
        API_KEYS, actor, key_id, {"security_features": group, "passphrase": passphrase or None}, FLAT
    )


def change_passphrase(actor: Actor, key_id: int, present: object, new: object) -> None:
    """Re-encrypt a key with another passphrase and lock it. Raises NotFound, BadRequest, Conflict and TooMany."""
    row = API_KEYS.visible_to(actor, "update").filter(pk=key_id, user=actor.id).first()
    if row is None:
        raise NotFound
    if not passphrases.is_locked(row.key):
        raise BadRequest("This key has no passphrase. Choose the level military-grade to give it one.")
    try:
        wanted = passphrases.check_passphrase(new)
    except SecretError as error:
        raise validation_error(str(error), "new_passphrase", key_id) from error
    limit_passphrase_attempts(actor.id)
    plain = passphrases.open_unlocked(row.key, open_data_key(row, present), key_context(key_id))
    token = passphrases.seal_locked(key_ring(), passphrases.new_lock(wanted), plain, key_context(key_id))
    with transaction.atomic():
        # Stretching takes long and runs outside the transaction: write only if the token is still the one that was opened.
        held = ApiKey.objects.filter(pk=key_id, key=row.key)
        if not held.update(key=token, updated_at=now()):
            raise Conflict("This key was changed at the same time. Look at it, then try again.")
        UnlockedKey.objects.filter(api_key=key_id).delete()


def delete_key(actor: Actor, key_id: int) -> None:
    """Delete a key. Raises Forbidden."""
    write_operations.delete_by_id(API_KEYS, actor, key_id, FLAT)
