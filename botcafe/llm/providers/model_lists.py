"""Fetching a provider's list of models: all pages, within limits of number, bytes and time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from botcafe.kit.json_types import JsonObject, JsonValue
from botcafe.llm.anthropic import backend as anthropic_wire
from botcafe.llm.errors import BadReplyError
from botcafe.llm.google import backend as google_wire
from botcafe.llm.protocol import Deadlines, Endpoint
from botcafe.llm.providers.model_info import ModelInfo, parse_anthropic_model, parse_google_model, parse_openai_model
from botcafe.llm.providers.profiles import ANTHROPIC_WIRE, GOOGLE_WIRE, OPENAI_WIRE
from botcafe.llm.wire.http_calls import (
    AuthHeaders,
    StreamDeadlines,
    bearer_auth_headers,
    read_json_or_text,
    secrets_of,
    send_request,
)
from botcafe.llm.wire.provider_errors import error_from_object, error_from_status
from botcafe.llm.wire.wire_backend import read_error_body

MAX_MODELS = 2000
MAX_PAGES = 20
MAX_PAGE_BYTES = 5 * 1024 * 1024
MAX_PAGE_TOKEN = 1000


def _next_openai_page(answer: JsonObject) -> str:
    # Only Cohere's own list has pages; the others of this wire come whole.
    mark = answer.get("next_page_token")
    return f"&page_token={_quote_page_token(mark)}" if mark else ""


def _next_anthropic_page(answer: JsonObject) -> str:
    return (
        f"&after_id={_quote_page_token(answer.get('last_id'))}"
        if answer.get("has_more") and answer.get("last_id")
        else ""
    )


def _next_google_page(answer: JsonObject) -> str:
    mark = answer.get("nextPageToken")
    return f"&pageToken={_quote_page_token(mark)}" if mark else ""


@dataclass(frozen=True, slots=True)
class _ListingWire:
    """How one wire lists its models: path of the first page, auth headers, row parser, query of the next page."""

    path: str
    auth_headers: AuthHeaders
    parse_row: Callable[[object], ModelInfo | None]
    next_page: Callable[[JsonObject], str]


_LISTING_WIRES = {
    OPENAI_WIRE: _ListingWire("models", bearer_auth_headers, parse_openai_model, _next_openai_page),
    ANTHROPIC_WIRE: _ListingWire(
        "models?limit=1000", anthropic_wire.anthropic_auth_headers, parse_anthropic_model, _next_anthropic_page
    ),
    GOOGLE_WIRE: _ListingWire(
        "models?pageSize=1000", google_wire.google_auth_headers, parse_google_model, _next_google_page
    ),
}


async def fetch_models(wire: str, endpoint: Endpoint, timeout_s: float) -> list[ModelInfo]:
    """At most 2,000 models, sorted by id; the whole within `timeout_s` and 5 MB a page. Raises ModelError."""
    kind = _LISTING_WIRES[wire]
    deadlines = StreamDeadlines(Deadlines(first_event_s=timeout_s))
    found: dict[str, ModelInfo] = {}
    page_query = ""
    for _ in range(MAX_PAGES):
        answer = await _fetch_page(endpoint, kind, _page_path(kind.path, page_query), deadlines, timeout_s)
        found.update((model.id, model) for model in map(kind.parse_row, _model_rows_in(answer)) if model)
        page_query = kind.next_page(answer) if isinstance(answer, dict) else ""
        if not page_query or len(found) >= MAX_MODELS:
            break
    return [found[name] for name in sorted(found)][:MAX_MODELS]


async def _fetch_page(
    endpoint: Endpoint, kind: _ListingWire, path: str, deadlines: StreamDeadlines, timeout_s: float
) -> JsonValue:
    response = await deadlines.run_within(send_request(endpoint, "GET", path, None, timeout_s, kind.auth_headers))
    if response.status != 200:
        answer = await read_error_body(response, deadlines)
        raise error_from_status(response.status, answer, response.headers, secrets_of(endpoint))
    try:
        answer = await deadlines.run_within(read_json_or_text(response, MAX_PAGE_BYTES))
    finally:
        response.close()
    if isinstance(answer, dict) and answer.get("error"):
        raise error_from_object(answer, secrets_of(endpoint))
    return answer


def _model_rows_in(answer: JsonValue) -> Iterator[object]:
    rows = answer.get("data", answer.get("models")) if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise BadReplyError("holds no list of models", retryable=False)
    return iter(rows)


def _page_path(path: str, page_query: str) -> str:
    return path + (page_query if "?" in path or not page_query else f"?{page_query.removeprefix('&')}")


def _quote_page_token(mark: object) -> str:
    return quote(str(mark)[:MAX_PAGE_TOKEN], safe="")
