"""Lore over the API: why it went into a reply, and what would fire for a text."""

from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.chat.dry_run import dry_run
from botcafe.chat.preview import explain_generation
from botcafe.kit.lanes import SLOW


@endpoint("GET")
def generation_reasons(call: ApiCall, generation_id: int) -> JsonAnswer:
    """``GET /api/generations/{id}/reasons``."""
    return explain_generation(call.actor, generation_id)


@endpoint("POST", traits=SLOW)
def dry_run_lore(call: ApiCall) -> JsonAnswer:
    """``POST /api/knowledge/dry-run`` ``{text, bot?, persona?, conversation?, collection?}``."""
    return dry_run(call.actor, call.body)
