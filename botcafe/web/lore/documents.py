"""Documents of a lorebook on its page: upload, import from URLs, progress, retry and removal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from botcafe.areas.knowledge.documents import actions as document_actions
from botcafe.areas.knowledge.lore import books as lore_books
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import actor_of, sign_in_required

MAX_FILES = 100
MAX_URLS = 50
WAITING = ("pending", "processing")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document on the page; ``progress`` in per cent, ``is_part`` for a file of an archive."""

    id: int
    name: str
    file: str
    state: str
    problem: str
    progress: int
    is_failed: bool
    is_waiting: bool
    is_part: bool


def document_rows(actor: Actor, book_id: int) -> list[DocumentRow]:
    """The documents of a lorebook for ``lore/_documents.html``, newest first. Raises NotFound."""
    return [_document_row(each) for each in document_actions.documents_in(actor, book_id)]


def _document_row(each: Mapping[str, Any]) -> DocumentRow:
    is_failed = each["processing_status"] == "failed"
    is_waiting = not is_failed and each["progress"] < 100 and each["vector_status"] != "failed"
    return DocumentRow(
        id=each["id"],
        name=each["title"] or each["name"],
        file=each["name"] if each["name"] != each["title"] else "",
        state=_describe_state(each, is_waiting=is_waiting),
        problem=each["problem"] if is_failed else "",
        progress=each["progress"],
        is_failed=is_failed,
        is_waiting=is_waiting,
        is_part=bool(each["part_of"]),
    )


def _describe_state(each: Mapping[str, Any], *, is_waiting: bool) -> str:
    """The state of a document in words."""
    if each["processing_status"] == "failed":
        return gettext("could not be read")
    if each["processing_status"] == "pending":
        return gettext("waits to be tried again") if each["problem"] else gettext("waits to be read")
    if each["processing_status"] == "processing":
        return gettext("being read")
    if each["vector_status"] == "failed":
        return gettext("read; not found by meaning, as indexing failed")
    if is_waiting:
        return gettext("read; being indexed")
    words = int(each["words"])
    return ngettext("ready, {words:,} word", "ready, {words:,} words", words).format(words=words)


@sign_in_required
def documents(request: HttpRequest, book_id: int) -> HttpResponse:
    """``POST``: import files and URLs. ``GET``: the list alone, for the script that polls it."""
    if request.method != "POST":
        return _list_fragment(request, book_id)
    actor = actor_of(request)
    book = lore_books.book_for(actor, book_id)
    try:
        limit_request(request, "import", str(actor.id))
        made = [*_import_files(request, actor, book.pk), *_import_urls(request, actor, book.pk)]
        if not made:
            raise ApiError(gettext("Choose a file or write an address first."))
        count = sum(made)
        if count:
            _add_message(
                request,
                messages.SUCCESS,
                ngettext("{count} document is being read.", "{count} documents are being read.", count).format(
                    count=count
                ),
            )
    except NotFound:
        raise
    except ApiError as error:
        _add_message(request, messages.ERROR, error.message)
    return redirect_to("lore:book", book_id, fragment="documents")


def _add_message(request: HttpRequest, level: int, text: str) -> None:
    """Add a message that is shown beside the documents, where the page opens again."""
    messages.add_message(request, level, text, extra_tags="documents")


def _list_fragment(request: HttpRequest, book_id: int) -> HttpResponse:
    actor = actor_of(request)
    book = lore_books.book_for(actor, book_id)
    shown = {"id": book.pk, "may_change": lore_books.may_change(actor, book)}
    return render(request, "lore/_documents_list.html", {"documents": document_rows(actor, book_id), "book": shown})


def _import_files(request: HttpRequest, actor: Actor, book_id: int) -> list[bool]:
    uploads = request.FILES.getlist("file")
    if len(uploads) > MAX_FILES:
        raise ApiError(gettext("At most {max_files} files are taken at once.").format(max_files=MAX_FILES))
    if any((upload.size or 0) > settings.MAX_BODY_MB * 2**20 for upload in uploads):
        raise ApiError(gettext("A file has at most {max_body_mb} MB.").format(max_body_mb=settings.MAX_BODY_MB))
    found = []
    for upload in uploads:
        name = upload.name or "document"
        found.append(_try_import(request, name, document_actions.add_document, actor, book_id, name, upload.read()))
    return found


def _import_urls(request: HttpRequest, actor: Actor, book_id: int) -> list[bool]:
    urls = list(dict.fromkeys(request.POST.get("urls", "").split()))
    if len(urls) > MAX_URLS:
        raise ApiError(gettext("At most {max_urls} addresses are taken at once.").format(max_urls=MAX_URLS))
    return [_try_import(request, url, document_actions.add_url_document, actor, book_id, url) for url in urls]


def _try_import(request: HttpRequest, what: str, act: Callable[..., object], *given: object) -> bool:
    """Import one file or URL; an error becomes a message with its name, so that the others are still imported."""
    try:
        act(*given)
    except NotFound:
        raise
    except ApiError as error:
        _add_message(request, messages.ERROR, f"{what[:200]}: {error.message}")
        return False
    return True


@require_POST
@sign_in_required
def retry_document(request: HttpRequest, book_id: int, entry_id: int) -> HttpResponse:
    """Retry a document."""
    try:
        document_actions.retry_document(actor_of(request), book_id, entry_id)
        _add_message(request, messages.SUCCESS, gettext("It is being read once more."))
    except NotFound:
        raise
    except ApiError as error:
        _add_message(request, messages.ERROR, error.message)
    return redirect_to("lore:book", book_id, fragment="documents")


@require_POST
@sign_in_required
def remove_document(request: HttpRequest, book_id: int, entry_id: int) -> HttpResponse:
    """Delete a document with its original."""
    try:
        document_actions.remove_document(actor_of(request), book_id, entry_id)
        _add_message(request, messages.SUCCESS, gettext("The document is deleted."))
    except NotFound:
        raise
    except ApiError as error:
        _add_message(request, messages.ERROR, error.message)
    return redirect_to("lore:book", book_id, fragment="documents")
