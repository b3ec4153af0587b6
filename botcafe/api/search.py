"""Search over the API: lore, memories and messages of the caller, with the reason of each hit."""

import time
from typing import Any

from django.http import HttpRequest

from botcafe.api.chats import Body, answering
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest
from botcafe.search import person_search
from botcafe.search.wait import MAX_WAIT_SECONDS, wait_until_indexed

LONGEST_QUERY = 4000
FIELDS = {"query", "bot", "conversation", "persona", "source_types", "limit", "budget_tokens"}


@answering("POST")
def search(request: HttpRequest, actor: Actor, number: int, body: Body) -> dict[str, Any]:
    """``POST /api/search``: ``{hits, took_ms}``, best first."""
    limit_request(request, "search", str(actor.id))
    began = time.perf_counter()
    hits = person_search.search_for(actor, _query(body), **_options(body))
    told = [
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
    ]
    return {"hits": told, "took_ms": round((time.perf_counter() - began) * 1000, 2)}


def _query(body: Body) -> str:
    unknown = set(body) - FIELDS
    if unknown:
        raise BadRequest(f"Unknown: {', '.join(sorted(unknown))[:200]}. Give {', '.join(sorted(FIELDS))}.")
    query = body.get("query")
    if not isinstance(query, str) or not query.strip() or len(query) > LONGEST_QUERY:
        raise BadRequest(f"query: write what to look for, in 1 to {LONGEST_QUERY:,} characters.")
    return query


def _options(body: Body) -> dict[str, Any]:
    kinds = body.get("source_types")
    if kinds is not None and (
        not isinstance(kinds, list) or not kinds or any(k not in person_search.KINDS for k in kinds)
    ):
        raise BadRequest(f"source_types: a list of {', '.join(person_search.KINDS)}.")
    return {
        **{name: _whole(body, name, 1, 2**53) for name in ("bot", "conversation", "persona")},
        "source_types": kinds,
        "limit": _whole(body, "limit", 1, person_search.MAX_RESULTS) or 10,
        "budget_tokens": _whole(body, "budget_tokens", 1, 1_000_000),
    }


def _whole(body: Body, name: str, least: int, most: int) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRequest(f"{name}: a whole number from {least:,} to {most:,}.")
    return value


@answering("POST")
def wait(request: HttpRequest, actor: Actor, number: int, body: Body) -> dict[str, Any]:
    """``POST /api/search/wait`` ``{timeout?}``: ``{indexed, waiting, failed}`` once all is indexed, or after the time."""
    seconds = body.get("timeout", 30)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise BadRequest(f"timeout: seconds from 0 to {MAX_WAIT_SECONDS}.")
    return dict(wait_until_indexed(actor, float(seconds)))
