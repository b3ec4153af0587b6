"""What an account lets in: access tokens for ``/v1``, and the model that answers by default."""

from dataclasses import asdict

from botcafe.api.bodies import NewTokenBody
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.areas.accounts.access_tokens import create_access_token, list_access_tokens, revoke_access_token
from botcafe.areas.companions.turns.model_choice import default_model_choice, set_default_model
from botcafe.cms.http.rest import ApiResponse
from botcafe.kit.json_types import JsonObject

TOKEN_FIELDS = tuple(NewTokenBody.__dataclass_fields__)


@endpoint("GET", "POST")
def access_tokens(call: ApiCall) -> JsonAnswer | ApiResponse:
    """``GET`` and ``POST /api/account/tokens``; a new token is shown once."""
    if call.method == "POST":
        made = create_access_token(call.actor, {k: v for k, v in call.body.items() if k in TOKEN_FIELDS})
        return ApiResponse(201, {"token": made.token, **asdict(made.details)})
    return {"docs": [asdict(token) for token in list_access_tokens(call.actor)]}


@endpoint("DELETE")
def access_token(call: ApiCall, token_id: int) -> JsonObject:
    """``DELETE /api/account/tokens/{id}``."""
    revoke_access_token(call.actor, token_id)
    return {"message": "The token is revoked."}


@endpoint("GET", "POST")
def default_model(call: ApiCall) -> JsonAnswer:
    """``GET`` and ``POST /api/account/model``: what answers wherever nothing else was chosen."""
    if call.method == "POST":
        return set_default_model(call.actor, call.body)
    return default_model_choice(int(call.actor.id or 0))
