"""The fake provider's model lists, in the format of each protocol and in pages where the protocol has them."""

from aiohttp import web

MODELS = ("ok", "reasoning", "think-tags", "tokens:20:1")
PAGE = 3
WINDOW = 8192
Json = dict[str, object]


def answer_model_list(request: web.Request, names: tuple[str, ...], listing: str) -> web.StreamResponse:
    """The list, or what `FakeProvider.listing` says instead."""
    if listing.isdigit():
        return web.json_response({"error": {"message": "no list"}}, status=int(listing))
    if listing == "html":
        return web.Response(text="<!doctype html><p>Welcome</p>", content_type="text/html")
    if listing == "huge":
        return web.json_response({"data": [{"id": "x" * 6_000_000}], "models": []})
    if "anthropic-version" in request.headers:
        return web.json_response(_anthropic_list(request, names, listing))
    if "x-goog-api-key" in request.headers:
        return web.json_response(_google_list(request, names, listing))
    rows = [{"id": name, "object": "model", "context_length": WINDOW} for name in names]
    return web.json_response(rows if listing == "rows" else {"object": "list", "data": rows})


def _anthropic_list(request: web.Request, names: tuple[str, ...], listing: str) -> Json:
    page, start, is_more = _slice_page(names, request.query.get("after_id"), listing)
    rows = [{"type": "model", "id": name, "display_name": f"Model {name}"} for name in page]
    return {"data": rows, "has_more": is_more, "first_id": start, "last_id": page[-1] if page else None}


def _google_list(request: web.Request, names: tuple[str, ...], listing: str) -> Json:
    page, _, is_more = _slice_page(names, request.query.get("pageToken"), listing)
    ways = {"supportedGenerationMethods": ["generateContent"], "inputTokenLimit": WINDOW}
    rows = [{"name": f"models/{name}", "displayName": f"Model {name}", **ways} for name in page]
    rows.append({"name": "models/words-only", "supportedGenerationMethods": ["embedContent"]})
    return {"models": rows, **({"nextPageToken": page[-1]} if is_more else {})}


def _slice_page(names: tuple[str, ...], after: str | None, listing: str) -> tuple[tuple[str, ...], str, bool]:
    """Names of the page behind a mark, its first name, and whether more follow; `endless` goes round for ever."""
    start = names.index(after) + 1 if after in names else 0
    page = names[start : start + PAGE] or names[:PAGE] if listing == "endless" else names[start : start + PAGE]
    return page, page[0] if page else "", listing == "endless" or start + PAGE < len(names)
