"""Adding and removing keys."""

from botcafe.areas.keys.collections.api_key import API_KEYS
from botcafe.cms import writing
from botcafe.cms.actor import Actor
from botcafe.cms.errors import FieldProblem, ValidationFailed
from botcafe.cms.reading import Query
from botcafe.kit.addresses import GuardedAddressError, check_url, parse_allowed

FLAT = Query({"depth": "0"})


def add_key(actor: Actor, *, nickname: str, provider: str, key: str, endpoint: str, model: str) -> int:
    """Keep a key, sealed. Raises ValidationFailed, also for an address that may not be called."""
    from django.conf import settings

    if endpoint:
        try:
            check_url(endpoint, parse_allowed(settings.PRIVATE_ENDPOINTS))
        except GuardedAddressError as error:
            raise ValidationFailed("api-key", [FieldProblem("api_endpoint", str(error), "Endpoint")]) from error
    elif provider == "custom":
        problem = FieldProblem("api_endpoint", "A custom provider needs its address.", "Endpoint")
        raise ValidationFailed("api-key", [problem])
    data = {
        "nickname": nickname.strip() or provider,
        "provider": provider,
        "key": key.strip() or "none",
        "key_configuration": {"model_preferences": [model.strip()] if model.strip() else []},
        "provider_settings": {"custom_settings": {"api_endpoint": endpoint.strip() or None}},
    }
    return int(writing.create(API_KEYS, actor, data, FLAT)["id"])


def delete_key(actor: Actor, key_id: int) -> None:
    """Forget a key. Raises Forbidden."""
    writing.delete_by_id(API_KEYS, actor, key_id, FLAT)
