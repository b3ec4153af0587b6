"""Keys beyond their collection: unlock and lock, change a passphrase, test a key, list its models."""

from dataclasses import asdict

from botcafe.api.bodies import ChangePassphraseBody, PassphraseBody
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, endpoint
from botcafe.areas.keys import actions, key_trial, unlocking
from botcafe.cms.http.limits import limit_rate
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import SLOW


@endpoint("POST", traits=SLOW)
def unlock_key(call: ApiCall, key_id: int) -> JsonObject:
    """``POST /api/api-key/{id}/unlock``: open for this sign-in, and until when."""
    body = read_body(PassphraseBody, call.body)
    return {"unlocked_until": unlocking.unlock_key(call.actor, key_id, body.passphrase, call.token)}


@endpoint("POST")
def lock_key(call: ApiCall, key_id: int) -> JsonObject:
    """``POST /api/api-key/{id}/lock``: locked in all sign-ins of the user."""
    unlocking.lock_key(call.actor, key_id)
    return {"message": "Locked."}


@endpoint("POST", traits=SLOW)
def change_passphrase(call: ApiCall, key_id: int) -> JsonObject:
    """``POST /api/api-key/{id}/passphrase``."""
    body = read_body(ChangePassphraseBody, call.body)
    actions.change_passphrase(call.actor, key_id, body.passphrase, body.new_passphrase)
    return {"message": "The passphrase is changed, and the key is locked."}


@endpoint("POST", traits=SLOW)
def test_key(call: ApiCall, key_id: int) -> JsonObject:
    """``POST /api/api-key/{id}/test``: whether the key works, in words."""
    _limit_calls(call)
    return asdict(key_trial.try_key(call.actor, key_id, call.unlocked_keys))


@endpoint("GET", traits=SLOW)
def list_models(call: ApiCall, key_id: int) -> JsonObject:
    """``GET /api/api-key/{id}/models``: what its provider offers."""
    _limit_calls(call)
    models = key_trial.models_of(call.actor, key_id, call.unlocked_keys)
    return {"models": [asdict(model) for model in models]}


def _limit_calls(call: ApiCall) -> None:
    # Each of these calls a provider; the bucket of sign-ins is as tight as that wants it, counted apart by its name.
    limit_rate("login", f"trying {call.actor.id}")
