"""Documents of lorebooks over the API, passwords of shares, collaborators and copies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botcafe.api.bodies import PasswordBody, RetryDocumentBody
from botcafe.api.http.bodies import read_body
from botcafe.api.http.endpoint import ApiCall, JsonAnswer, endpoint
from botcafe.api.http.page_links import page_link
from botcafe.areas.knowledge.documents import actions as document_actions
from botcafe.areas.knowledge.lore import collaborators, share_access
from botcafe.areas.knowledge.lore.books import fork_book
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.http.uploads import read_uploads
from botcafe.cms.schema.errors import ApiError, BadRequest
from botcafe.kit.db_errors import retry_on_conflict
from botcafe.kit.lanes import FILES, SLOW

MAX_URLS = 100


@dataclass(frozen=True, slots=True)
class DocumentToAdd:
    """A document by its name, and the function that adds it."""

    name: str
    add: Callable[[], dict[str, Any]]


@endpoint("GET", "POST", traits=FILES)
def documents(call: ApiCall, book_id: int) -> JsonAnswer | ApiResponse:
    """``/api/knowledgeCollections/{id}/documents``: ``file`` parts, or ``{url}``, ``{urls}``, ``{text, title}``.

    Answers 202 with ``{created: [{id, name, processing_status}], skipped: [{what, why}]}``, a refusal where nothing was
    taken at all. ``GET`` answers ``{documents: [...]}`` with how far each is.
    """
    if call.method == "GET":
        return {"documents": document_actions.documents_in(call.actor, book_id)}
    limit_request(call.request, "import", str(call.actor.id))
    return ApiResponse(202, _add_documents(_read_documents(call, book_id)))


def _read_documents(call: ApiCall, book_id: int) -> list[DocumentToAdd]:
    """What to add, each by its name. Raises BadRequest and TooLarge."""
    actor, body = call.actor, call.body
    if call.request.content_type == "multipart/form-data":
        files = read_uploads(call.request)
        add = document_actions.add_document
        return [DocumentToAdd(each.name, _later(add, actor, book_id, each.name, each.data)) for each in files]
    if isinstance(body.get("text"), str):
        title = body.get("title") or ""
        if not isinstance(title, str):
            raise BadRequest("title: give it as text.")
        add_text = _later(document_actions.add_text_document, actor, book_id, body["text"], title)
        return [DocumentToAdd(title or "Text", add_text)]
    urls = body.get("urls") if "urls" in body else [body.get("url")]
    if not isinstance(urls, list) or not 0 < len(urls) <= MAX_URLS:
        raise BadRequest(f"Send files, or url, or urls (1 to {MAX_URLS}), or text with title.")
    texts = [url for url in urls if isinstance(url, str) and url]
    if len(texts) != len(urls):
        raise BadRequest(f"Send files, or url, or urls (1 to {MAX_URLS}), or text with title.")
    add_url = document_actions.add_url_document
    return [DocumentToAdd(url[:200], _later(add_url, actor, book_id, url)) for url in dict.fromkeys(texts)]


def _later(function: Callable[..., dict[str, Any]], *arguments: object) -> Callable[[], dict[str, Any]]:
    return lambda: function(*arguments)


def _add_documents(given: list[DocumentToAdd]) -> JsonAnswer:
    """Add each by itself; where all fail, the gravest refusal is the answer."""
    created: list[dict[str, Any]] = []
    skipped: list[dict[str, str]] = []
    gravest: ApiError | None = None
    for document in given:
        try:
            # One transaction each, repeated by itself: the documents before it are stored.
            created.append(retry_on_conflict(document.add))
        except ApiError as error:
            skipped.append({"what": document.name, "why": error.message})
            gravest = error if gravest is None or error.status > gravest.status else gravest
    if gravest is not None and not created:
        raise gravest
    return {"created": created, "skipped": skipped}


@endpoint("POST", traits=SLOW)
def retry_document(call: ApiCall, book_id: int) -> JsonAnswer:
    """``POST /api/knowledgeCollections/{id}/documents/retry``: read a failed document once more."""
    return document_actions.retry_document(call.actor, book_id, read_body(RetryDocumentBody, call.body).id)


@endpoint("POST", traits=SLOW)
def open_entry(call: ApiCall, entry_id: int) -> JsonAnswer:
    """``POST /api/knowledge/{id}/open`` with ``{password}``: ``{doc}``."""
    return share_access.open_shared_entry(call.actor, entry_id, read_body(PasswordBody, call.body).password)


@endpoint("POST", traits=SLOW)
def open_book(call: ApiCall, book_id: int) -> JsonAnswer:
    """``POST /api/knowledgeCollections/{id}/open`` with ``{password}``: ``{doc, entries}``."""
    return share_access.open_shared_book(call.actor, book_id, read_body(PasswordBody, call.body).password)


@endpoint("POST")
def change_collaborators(call: ApiCall, book_id: int) -> JsonAnswer:
    """``POST /api/knowledgeCollections/{id}/collaborators``: ``{email or user, permissions, for_all?}`` or ``{remove}``."""
    actor, body = call.actor, call.body
    if "remove" in body:
        return collaborators.remove_collaborator(actor, book_id, body["remove"])
    who = body.get("user", body.get("email"))
    is_for_all = body.get("for_all") is True
    return collaborators.add_collaborator(actor, book_id, who, body.get("permissions", ["read"]), for_all=is_for_all)


@endpoint("POST", traits=SLOW)
def fork_lorebook(call: ApiCall, book_id: int) -> ApiResponse:
    """``POST /api/knowledgeCollections/{id}/fork``: 201 with the id of the caller's copy."""
    copy_id = fork_book(call.actor, book_id)
    return ApiResponse(201, {"id": copy_id, "url": page_link("knowledgeCollections", copy_id)})
