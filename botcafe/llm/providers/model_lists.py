"""The models that a provider offers, page after page, within bounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botcafe.llm.anthropic import backend as anthropic_wire
from botcafe.llm.errors import BadReplyError
from botcafe.llm.google import backend as google_wire
from botcafe.llm.protocol import Deadlines, Endpoint
from botcafe.llm.providers.model_info import ModelInfo, anthropic_row, google_row, openai_row
from botcafe.llm.providers.profiles import ANTHROPIC_WIRE, GOOGLE_WIRE, OPENAI_WIRE
from botcafe.llm.wire.http_calls import Signature, StreamDeadlines, bearer, call, read_json, secrets_of
from botcafe.llm.wire.provider_errors import error_from_status, error_in_stream
from botcafe.llm.wire.wire_backend import error_answer

MOST_MODELS = 2000
MOST_PAGES = 20
MOST_BYTES = 5 * 1024 * 1024
LONGEST_MARK = 1000


def _after_openai(answer: dict[str, Any]) -> str:
    """Cohere's own list has pages; the others come whole."""
    mark = answer.get("next_page_token")
    return f"&page_token={_quoted(mark)}" if mark else ""


def _after_anthropic(answer: dict[str, Any]) -> str:
    return f"&after_id={_quoted(answer.get('last_id'))}" if answer.get("has_more") and answer.get("last_id") else ""


def _after_google(answer: dict[str, Any]) -> str:
    mark = answer.get("nextPageToken")
    return f"&pageToken={_quoted(mark)}" if mark else ""


@dataclass(frozen=True, slots=True)
class _ListingWire:
    """How one wire lists: the first page, how the call is signed, a row, and what follows the address of a next page."""

    path: str
    sign: Signature
    row: Callable[[object], ModelInfo | None]
    after: Callable[[dict[str, Any]], str]


_KINDS = {
    OPENAI_WIRE: _ListingWire("models", bearer, openai_row, _after_openai),
    ANTHROPIC_WIRE: _ListingWire("models?limit=1000", anthropic_wire.signed, anthropic_row, _after_anthropic),
    GOOGLE_WIRE: _ListingWire("models?pageSize=1000", google_wire.signed, google_row, _after_google),
}


async def fetch_models(wire: str, endpoint: Endpoint, timeout_s: float) -> list[ModelInfo]:
    """At most 2,000 models, sorted by id; the whole within `timeout_s` and 5 MB a page. Raises ModelError."""
    kind = _KINDS[wire]
    clock = StreamDeadlines(Deadlines(first_event_s=timeout_s))
    found: dict[str, ModelInfo] = {}
    more = ""
    for _ in range(MOST_PAGES):
        answer = await _page(endpoint, kind, _joined(kind.path, more), clock, timeout_s)
        found.update((model.id, model) for model in map(kind.row, _rows(answer)) if model)
        more = kind.after(answer) if isinstance(answer, dict) else ""
        if not more or len(found) >= MOST_MODELS:
            break
    return [found[name] for name in sorted(found)][:MOST_MODELS]


async def _page(endpoint: Endpoint, kind: _ListingWire, path: str, clock: StreamDeadlines, timeout_s: float) -> Any:
    response = await clock.limited(call(endpoint, "GET", path, None, timeout_s, kind.sign))
    if response.status != 200:
        answer = await error_answer(response, clock)
        raise error_from_status(response.status, answer, response.headers, secrets_of(endpoint))
    try:
        answer = await clock.limited(read_json(response, MOST_BYTES))
    finally:
        response.close()
    if isinstance(answer, dict) and answer.get("error"):
        raise error_in_stream(answer, secrets_of(endpoint))
    return answer


def _rows(answer: Any) -> Iterator[object]:
    rows = answer.get("data", answer.get("models")) if isinstance(answer, dict) else answer
    if not isinstance(rows, list):
        raise BadReplyError("holds no list of models", retryable=False)
    return iter(rows)


def _joined(path: str, more: str) -> str:
    return path + (more if "?" in path or not more else f"?{more.removeprefix('&')}")


def _quoted(mark: object) -> str:
    return quote(str(mark)[:LONGEST_MARK], safe="")
