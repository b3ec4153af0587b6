"""Erasing one's account over the API, and taking that back."""

from botcafe.api.bodies import EraseBody
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.areas.accounts.leaving import requests
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiResponse
from botcafe.kit.lanes import SLOW
from botcafe.transfer.erasure.jobs import ask_for_erasures


@endpoint("GET", "POST", "DELETE", traits=SLOW)
def erase(call: ApiCall) -> JsonAnswer | ApiResponse:
    """``/api/account/erase``: GET tells when the account is erased, POST asks for it (202), DELETE keeps the account."""
    if call.method == "POST":
        limit_request(call.request, "login", str(call.actor.id))
        body = read_body(EraseBody, call.body)
        due_at = requests.ask_to_leave(call.actor, password=body.password, code=body.code, immediately=body.immediately)
        ask_for_erasures()
        return ApiResponse(202, {"due_at": due_at})
    if call.method == "DELETE":
        requests.take_back(call.actor)
        return {"due_at": None}
    return {"due_at": call.actor.leaves_at or None}
