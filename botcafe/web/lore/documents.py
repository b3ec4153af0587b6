"""Documents of a collection on its page: brought as files or addresses, how far they are, tried again, taken out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from botcafe.areas.knowledge.documents import actions as document_actions
from botcafe.areas.knowledge.lore import books as lore_books
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import actor_of, signed_in

MOST_FILES = 100
MOST_URLS = 50
WAITING = ("pending", "processing")


def documents_of(actor: Actor, book_id: int) -> list[dict[str, Any]]:
    """The documents of a collection for ``lore/_documents.html``, newest first. Raises NotFound."""
    return [_shown(each) for each in document_actions.documents_in(actor, book_id)]


def _shown(each: dict[str, Any]) -> dict[str, Any]:
    is_failed = each["processing_status"] == "failed"
    is_waiting = not is_failed and each["progress"] < 100 and each["vector_status"] != "failed"
    return {
        "id": each["id"],
        "name": each["title"] or each["name"],
        "file": each["name"] if each["name"] != each["title"] else "",
        "state": _state(each, is_waiting=is_waiting),
        "problem": each["problem"] if is_failed else "",
        "progress": each["progress"],
        "is_failed": is_failed,
        "is_waiting": is_waiting,
        "is_part": bool(each["part_of"]),
    }


def _state(each: dict[str, Any], *, is_waiting: bool) -> str:
    """How far a document is, in words."""
    if each["processing_status"] == "failed":
        return "could not be read"
    if each["processing_status"] == "pending":
        return "waits to be tried again" if each["problem"] else "waits to be read"
    if each["processing_status"] == "processing":
        return "being read"
    if each["vector_status"] == "failed":
        return "read; not found by meaning, as indexing failed"
    if is_waiting:
        return "read; being indexed"
    words = int(each["words"])
    return f"ready, {words:,} word{'' if words == 1 else 's'}"


@signed_in
def documents(request: HttpRequest, book_id: int) -> HttpResponse:
    """``POST``: bring files and addresses. ``GET``: the list alone, for the script that follows it."""
    if request.method != "POST":
        return _listed(request, book_id)
    actor = actor_of(request)
    book = lore_books.book_for(actor, book_id)
    try:
        limit_request(request, "import", str(actor.id))
        made = [*_files(request, actor, book.pk), *_addresses(request, actor, book.pk)]
        if not made:
            raise ApiError("Choose a file or write an address first.")
        count = sum(made)
        if count:
            _tell(request, messages.SUCCESS, f"{count} document{' is' if count == 1 else 's are'} being read.")
    except NotFound:
        raise
    except ApiError as error:
        _tell(request, messages.ERROR, error.message)
    return redirect_to("lore:book", book_id, fragment="documents")


def _tell(request: HttpRequest, level: int, text: str) -> None:
    """Say it beside the documents, where the page opens again."""
    messages.add_message(request, level, text, extra_tags="documents")


def _listed(request: HttpRequest, book_id: int) -> HttpResponse:
    actor = actor_of(request)
    book = lore_books.book_for(actor, book_id)
    shown = {"id": book.pk, "may_change": lore_books.may_change(actor, book)}
    return render(request, "lore/_documents_list.html", {"documents": documents_of(actor, book_id), "book": shown})


def _files(request: HttpRequest, actor: Actor, book_id: int) -> list[bool]:
    uploads = request.FILES.getlist("file")
    if len(uploads) > MOST_FILES:
        raise ApiError(f"At most {MOST_FILES} files are taken at once.")
    if any((upload.size or 0) > settings.MAX_BODY_MB * 2**20 for upload in uploads):
        raise ApiError(f"A file has at most {settings.MAX_BODY_MB} MB.")
    found = []
    for upload in uploads:
        name = upload.name or "document"
        found.append(_brought(request, name, document_actions.bring_document, actor, book_id, name, upload.read()))
    return found


def _addresses(request: HttpRequest, actor: Actor, book_id: int) -> list[bool]:
    urls = list(dict.fromkeys(request.POST.get("urls", "").split()))
    if len(urls) > MOST_URLS:
        raise ApiError(f"At most {MOST_URLS} addresses are taken at once.")
    return [_brought(request, url, document_actions.bring_url, actor, book_id, url) for url in urls]


def _brought(request: HttpRequest, what: str, act: Any, *given: Any) -> bool:
    """Whether one of them was taken; a refusal is told with its name."""
    try:
        act(*given)
    except NotFound:
        raise
    except ApiError as error:
        _tell(request, messages.ERROR, f"{what[:200]}: {error.message}")
        return False
    return True


@require_POST
@signed_in
def retry(request: HttpRequest, book_id: int, entry_id: int) -> HttpResponse:
    """Read a document once more."""
    try:
        document_actions.retry_document(actor_of(request), book_id, entry_id)
        _tell(request, messages.SUCCESS, "It is being read once more.")
    except NotFound:
        raise
    except ApiError as error:
        _tell(request, messages.ERROR, error.message)
    return redirect_to("lore:book", book_id, fragment="documents")


@require_POST
@signed_in
def remove(request: HttpRequest, book_id: int, entry_id: int) -> HttpResponse:
    """Take a document out for good, with its original."""
    try:
        document_actions.remove_document(actor_of(request), book_id, entry_id)
        _tell(request, messages.SUCCESS, "The document is deleted.")
    except NotFound:
        raise
    except ApiError as error:
        _tell(request, messages.ERROR, error.message)
    return redirect_to("lore:book", book_id, fragment="documents")
