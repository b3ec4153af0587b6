"""Fetching a provider's list of models: page after page, within limits of number, bytes and time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from botcafe.kit.json_types import JsonObject, JsonValue
from botcafe.llm.anthropic.backend import anthropic_auth_headers
from botcafe.llm.errors import BadReplyError
from botcafe.llm.google.backend import google_auth_headers
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
MAX_PAGE_TOKEN_CHARACTERS = 1000


def _next_openai_page(answer: JsonObject) -> str:
    # Only Cohere's own list has pages; the others of this wire come whole.
    return _page_parameter("page_token", answer.get("next_page_token"))


def _next_anthropic_page(answer: JsonObject) -> str:
    return _page_parameter("after_id", answer.get("last_id")) if answer.get("has_more") else ""


def _next_google_page(answer: JsonObject) -> str:
    return _page_parameter("pageToken", answer.get("nextPageToken"))


def _page_parameter(name: str, page_token: object) -> str:
    return f"&{name}={quote(str(page_token)[:MAX_PAGE_TOKEN_CHARACTERS], safe='')}" if page_token else ""


@dataclass(frozen=True, slots=True)
class _ModelListing:
    """How one wire lists its models.

    `parse_row` gives None for a row that is no chat model, `next_page` the parameter that asks for the page after an
    answer, with its leading `&`, or "" after the last page.
    """

    first_page_path: str
    auth_headers: AuthHeaders
    parse_row: Callable[[object], ModelInfo | None]
    next_page: Callable[[JsonObject], str]


_LISTINGS = {
    OPENAI_WIRE: _ModelListing("models", bearer_auth_headers, parse_openai_model, _next_openai_page),
    ANTHROPIC_WIRE: _ModelListing(
        "models?limit=1000", anthropic_auth_headers, parse_anthropic_model, _next_anthropic_page
    ),
    GOOGLE_WIRE: _ModelListing("models?pageSize=1000", google_auth_headers, parse_google_model, _next_google_page),
}


async def fetch_models(wire: str, endpoint: Endpoint, timeout_s: float) -> list[ModelInfo]:
    """At most MAX_MODELS models, sorted by id, all pages together within `timeout_s`. Raises ModelError."""
    listing = _LISTINGS[wire]
    # A list has no events, so the deadline of the first event runs from here to the end of the last page.
    deadlines = StreamDeadlines(Deadlines(first_event_s=timeout_s))
    models: dict[str, ModelInfo] = {}
    next_page = ""
    for _ in range(MAX_PAGES):
        path = _page_path(listing.first_page_path, next_page)
        answer = await _fetch_page(endpoint, listing.auth_headers, path, deadlines, timeout_s)
        models.update((model.id, model) for model in map(listing.parse_row, _model_rows_in(answer)) if model)
        next_page = listing.next_page(answer) if isinstance(answer, dict) else ""
        if not next_page or len(models) >= MAX_MODELS:
            break
    return [models[model_id] for model_id in sorted(models)][:MAX_MODELS]


def _page_path(first_page_path: str, next_page: str) -> str:
    if not next_page or "?" in first_page_path:
        return first_page_path + next_page
    return f"{first_page_path}?{next_page.removeprefix('&')}"


async def _fetch_page(
    endpoint: Endpoint, auth_headers: AuthHeaders, path: str, deadlines: StreamDeadlines, timeout_s: float
) -> JsonValue:
    response = await deadlines.run_within(send_request(endpoint, "GET", path, None, timeout_s, auth_headers))
    if response.status != 200:
        # This closes the response too.
        answer = await read_error_body(response, deadlines)
        raise error_from_status(response.status, answer, response.headers, secrets_of(endpoint))
    try:
        answer = await deadlines.run_within(read_json_or_text(response, MAX_PAGE_BYTES))
    finally:
        response.close()
    # Some providers report an error with status 200.
    if isinstance(answer, dict) and answer.get("error"):
        raise error_from_object(answer, secrets_of(endpoint))
    return answer


def _model_rows_in(answer: JsonValue) -> Iterator[object]:
    # Under "data" at OpenAI and Anthropic, under "models" at Google and Cohere; some servers send the bare list.
    rows = answer.get("data", answer.get("models")) if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise BadReplyError("holds no list of models", retryable=False)
    return iter(rows)
