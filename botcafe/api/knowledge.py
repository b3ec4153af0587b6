"""Documents of collections over the API, passwords of shares, collaborators and copies."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from botcafe.api.chats import Body, answering
from botcafe.api.http.page_links import page_link
from botcafe.api.http.requests import reply
from botcafe.api.transfer import files_of
from botcafe.areas.knowledge.documents import actions as document_actions
from botcafe.areas.knowledge.lore import collaborators, share_access
from botcafe.areas.knowledge.lore.books import fork_book
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest

MOST_URLS = 100
Bring = tuple[str, Callable[[], dict[str, Any]]]


@answering("GET", "POST")
def documents(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse | Body:
    """``POST /api/knowledgeCollections/{id}/documents``: one or many ``file`` parts, or ``{url}``, ``{urls}``, ``{text, title}``.

    Answers 202 with ``{created: [{id, name, processing_status}], skipped: [{what, why}]}``; a refusal where nothing was
    taken at all. ``GET`` answers ``{documents: [...]}`` with how far each is.
    """
    if request.method == "GET":
        return {"documents": document_actions.documents_in(actor, number)}
    limit_request(request, "import", str(actor.id))
    return reply(ApiResponse(202, _brought(_asked(request, actor, number, body))))


def _asked(request: HttpRequest, actor: Actor, number: int, body: Body) -> list[Bring]:
    """What to bring, each by its name. Raises BadRequest and TooLarge."""
    if request.content_type == "multipart/form-data":
        return [
            (name, _later(document_actions.bring_document, actor, number, name, data))
            for name, data in files_of(request)
        ]
    if isinstance(body.get("text"), str):
        title = body.get("title") or ""
        if not isinstance(title, str):
            raise BadRequest("title: give it as text.")
        return [(title or "Text", _later(document_actions.bring_text, actor, number, body["text"], title))]
    urls = body.get("urls") if "urls" in body else [body.get("url")]
    if not isinstance(urls, list) or not 0 < len(urls) <= MOST_URLS or not all(isinstance(u, str) and u for u in urls):
        raise BadRequest(f"Send files, or url, or urls (1 to {MOST_URLS}), or text with title.")
    return [(url[:200], _later(document_actions.bring_url, actor, number, url)) for url in dict.fromkeys(urls)]


def _later(act: Callable[..., dict[str, Any]], *given: Any) -> Callable[[], dict[str, Any]]:
    return lambda: act(*given)


def _brought(asked: list[Bring]) -> Body:
    """Each stands or falls alone; where all fall, the gravest refusal is the answer."""
    created: list[dict[str, Any]] = []
    skipped: list[dict[str, str]] = []
    gravest: ApiError | None = None
    for what, bring in asked:
        try:
            created.append(bring())
        except ApiError as error:
            skipped.append({"what": what, "why": error.message})
            gravest = error if gravest is None or error.status > gravest.status else gravest
    if gravest is not None and not created:
        raise gravest
    return {"created": created, "skipped": skipped}


@answering("POST")
def retry(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/knowledgeCollections/{id}/documents/retry`` with ``{id}``: read a failed document once more."""
    entry = body.get("id")
    if isinstance(entry, bool) or not isinstance(entry, int):
        raise BadRequest("id: give the number of a document.")
    return document_actions.retry_document(actor, number, entry)


@answering("POST")
def open_entry(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/knowledge/{id}/open`` with ``{password}``: ``{doc}``."""
    return share_access.open_entry(actor, number, body.get("password"))


@answering("POST")
def open_book(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/knowledgeCollections/{id}/open`` with ``{password}``: ``{doc, entries}``."""
    return share_access.open_book(actor, number, body.get("password"))


@answering("POST")
def people(request: HttpRequest, actor: Actor, number: int, body: Body) -> Body:
    """``POST /api/knowledgeCollections/{id}/collaborators``: ``{email or user, permissions, for_all?}`` or ``{remove}``."""
    if "remove" in body:
        return collaborators.remove_collaborator(actor, number, body["remove"])
    who = body.get("user", body.get("email"))
    is_for_all = body.get("for_all") is True
    return collaborators.add_collaborator(actor, number, who, body.get("permissions", ["read"]), for_all=is_for_all)


@answering("POST")
def fork(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse:
    """``POST /api/knowledgeCollections/{id}/fork``: 201 with the id of the caller's copy."""
    made = fork_book(actor, number)
    return reply(ApiResponse(201, {"id": made, "url": page_link("knowledgeCollections", made)}))
