"""Search over the API: lore, memories and messages of the caller, with the reason of each hit."""

import time

from botcafe.api.bodies import SearchBody, WaitBody
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.cms.schema.errors import BadRequest
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import SLOW
from botcafe.search import person_search
from botcafe.search.wait import wait_until_indexed

FIELDS = frozenset(SearchBody.__dataclass_fields__)
DEFAULT_RESULTS = 10


@endpoint("POST", rate_limit="search", traits=SLOW)
def search(call: ApiCall) -> JsonAnswer:
    """``POST /api/search``: ``{hits, took_ms}``, best first."""
    started = time.perf_counter()
    body = _read_search(call.body)
    hits = person_search.search_for(
        call.actor,
        body.query,
        bot=body.bot,
        conversation=body.conversation,
        persona=body.persona,
        source_types=body.source_types,
        limit=body.limit or DEFAULT_RESULTS,
        budget_tokens=body.budget_tokens,
    )
    return {
        "hits": [
            {
                "source_type": hit.kind,
                "source_id": hit.source,
                "vector_id": hit.vector_id,
                "chunk_index": hit.number if hit.kind != "message" else 0,
                "text": hit.text,
                "score": round(hit.score, 4),
                "why": hit.why,
                "created_at": hit.created_at,
            }
            for hit in hits
        ],
        "took_ms": round((time.perf_counter() - started) * 1000, 2),
    }


def _read_search(body: JsonObject) -> SearchBody:
    # A filter with a typing error would search everything, so unknown fields are refused here.
    unknown = set(body) - FIELDS
    if unknown:
        raise BadRequest(f"Unknown: {', '.join(sorted(unknown))[:200]}. Give {', '.join(sorted(FIELDS))}.")
    found = read_body(SearchBody, {"query": "", **body})
    if not found.query.strip():
        raise BadRequest("query: write what to look for, in 1 to 4,000 characters.")
    return found


@endpoint("POST", rate_limit="wait")
def wait_for_index(call: ApiCall) -> dict[str, object]:
    """``POST /api/search/wait`` ``{timeout?}``: ``{indexed, waiting, failed}`` once all is indexed, or after the time."""
    return dict(wait_until_indexed(call.actor, float(read_body(WaitBody, call.body).timeout)))
