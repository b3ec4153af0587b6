"""The pages of lore: lorebooks, their entries, and a dry run of their activation."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.companions.bots.queries import own_bot_choices
from botcafe.areas.companions.chats.lore_links import list_attached_books, list_personas_with_book, save_book
from botcafe.areas.companions.personas.actions import list_personas
from botcafe.areas.knowledge.lore import books as lore_books
from botcafe.areas.knowledge.lore.share_access import count_view
from botcafe.areas.knowledge.lore.sharing import books_shared_with, is_collaborator, may_change_sharing, sharing_level
from botcafe.chat.dry_run import dry_run
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, Forbidden, NotFound
from botcafe.web.lore.documents import document_rows
from botcafe.web.lore.forms import MODES, OWNER_FIELDS, BookForm, EntryForm, entry_values
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required

PAGE_SIZE = 50
LEVELS = {"private": "", "shared": "shared", "public": "public"}


def _book_card(card: lore_books.BookCard) -> dict[str, object]:
    row = card.row
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description or "",
        "count": card.entries,
        "bots": [{"id": number, "name": name} for number, name in card.bots],
        "is_everywhere": bool(row.lore_settings_is_everywhere),
        "level": LEVELS.get(sharing_level(row) or "", ""),
    }


@sign_in_required
def books_page(request: HttpRequest) -> HttpResponse:
    """The user's lorebooks, and those that others share with them."""
    actor = actor_of(request)
    shared = [{**_book_card(card), "owner": name, "level": ""} for card, name in books_shared_with(actor)]
    attached = list_attached_books(actor)
    own = [{**_book_card(card), "is_hung": card.row.pk in attached} for card in lore_books.own_books(actor)]
    return render(request, "lore/books.html", {"books": own, "shared": shared})


def _book_form(request: HttpRequest, book: Any = None) -> BookForm:
    actor = actor_of(request)
    initial: dict[str, object] = {}
    if book is not None:
        initial = {
            "name": book.name,
            "description": book.description,
            "is_everywhere": book.lore_settings_is_everywhere,
            "scan_depth": _whole_or_none(book.lore_settings_scan_depth),
            "token_budget": _whole_or_none(book.lore_settings_token_budget),
            "recursive_scanning": book.lore_settings_recursive_scanning,
            "bots": [str(number) for number, _ in lore_books.bots_of_books([book.pk]).get(book.pk, [])],
            "personas": [str(number) for number in list_personas_with_book(actor, book.pk)],
        }
    elif request.GET.get("bot"):
        initial["bots"] = [request.GET["bot"]]
    form = BookForm(request.POST or None, initial=initial)
    form.fields["bots"].choices = [(str(n), name) for n, name in own_bot_choices(actor)]  # type: ignore[attr-defined]
    personas = [(str(card.row.pk), card.row.name) for card in list_personas(actor)]
    form.fields["personas"].choices = personas  # type: ignore[attr-defined]
    if book is not None and book.user_id != actor.id:
        for name in OWNER_FIELDS:
            del form.fields[name]
    return form


def _whole_or_none(value: float | None) -> int | None:
    return int(value) if value is not None else None


def _save_form(request: HttpRequest, form: BookForm, book_id: int | None) -> int | None:
    try:
        return save_book(actor_of(request), form.as_data(), book_id, form.personas_chosen())
    except NotFound:
        raise
    except ApiError as error:
        add_form_errors(form, error)
        return None


@sign_in_required
def new_book(request: HttpRequest) -> HttpResponse:
    """The form of a new lorebook."""
    form = _book_form(request)
    if request.method == "POST" and form.is_valid() and (made := _save_form(request, form, None)) is not None:
        return redirect_to("lore:book", made)
    return render(request, "lore/book_form.html", {"form": form}, status=400 if form.errors else 200)


@sign_in_required
def edit_book(request: HttpRequest, book_id: int) -> HttpResponse:
    """The form of an existing lorebook."""
    actor = actor_of(request)
    book = lore_books.book_for(actor, book_id)
    if not lore_books.may_change(actor, book):
        return render(request, "errors/403.html", status=403)
    form = _book_form(request, book)
    if request.method == "POST" and form.is_valid() and _save_form(request, form, book_id) is not None:
        messages.success(request, gettext("{name} is saved.").format(name=form.cleaned_data["name"]))
        return redirect_to("lore:book", book_id)
    context = {"form": form, "book": {"id": book.pk, "name": book.name}}
    return render(request, "lore/book_form.html", context, status=400 if form.errors else 200)


def _entry_row(row: Any) -> dict[str, object]:
    keys = [str(key) for key in row.activation_settings_primary_keys or []]
    return {
        "id": row.pk,
        "title": row.title or " ".join((row.entry or "").split()[:8]),
        "entry": row.entry or "",
        "keys": keys[:8],
        "more_keys": max(0, len(keys) - 8),
        "mode": row.activation_settings_activation_mode or "hybrid",
        "mode_words": dict(MODES).get(row.activation_settings_activation_mode or "hybrid", ""),
        "is_off": row.activation_settings_activation_mode == "off",
        "vector_status": row.vector_status or "",
        "from_memory": row.source_memory_id,
        "source_url": row.content_metadata_source_url or "",
        "words": len((row.entry or "").split()),
    }


def _book_detail(actor: Actor, found: Any, count: int) -> dict[str, object]:
    """A lorebook as the actor sees it: only its owner may know where it is used."""
    is_mine = found.user_id == actor.id
    bots = lore_books.bots_of_books([found.pk]).get(found.pk, []) if is_mine else []
    card = _book_card(lore_books.BookCard(found, count, bots))
    return {
        **card,
        "is_everywhere": card["is_everywhere"] and is_mine,
        "is_mine": is_mine,
        "may_change": lore_books.may_change(actor, found),
        "may_share": may_change_sharing(actor, found),
        "may_fork": is_mine or found.sharing_settings_allow_fork is not False,
        "may_leave": is_collaborator(actor, found),
    }


@sign_in_required
def book_page(request: HttpRequest, book_id: int) -> HttpResponse:
    """A lorebook with its entries and the dry run."""
    actor = actor_of(request)
    found = lore_books.book_for(actor, book_id)
    words = request.GET.get("q", "")[:200]
    count_view(actor, book_id=book_id)
    page = Paginator(lore_books.entries_in_book(actor, book_id, words), PAGE_SIZE).get_page(request.GET.get("page"))
    tried = request.GET.get("try", "")[:4000]
    shown = _book_detail(actor, found, page.paginator.count)
    to_change = lore_books.entries_to_change(actor, [row.pk for row in page.object_list])
    context = {
        "book": shown,
        "entries": [{**_entry_row(row), "may_change": row.pk in to_change} for row in page.object_list],
        "documents": document_rows(actor, book_id) if shown["may_change"] else None,
        "q": words,
        "tried": tried,
        "answer": dry_run(actor, {"text": tried, "collection": book_id}) if tried else None,
        "page": page.number,
        "has_next": page.has_next(),
        "next_url": f"?{urlencode({'q': words, 'page': page.number + 1})}",
        "previous_url": f"?{urlencode({'q': words, 'page': page.number - 1})}",
    }
    return render(request, "lore/book.html", context)


@sign_in_required
def edit_entry(request: HttpRequest, book_id: int, entry_id: int | None = None) -> HttpResponse:
    """The form of an entry."""
    actor = actor_of(request)
    found = lore_books.book_for(actor, book_id)
    row = lore_books.entry_for(actor, entry_id) if entry_id is not None else None
    if not (lore_books.entries_to_change(actor, [row.pk]) if row else lore_books.may_change(actor, found)):
        return render(request, "errors/403.html", status=403)
    usual = "private" if found.user_id == actor.id else "shared"
    first = (
        entry_values(row)
        if row
        else {"privacy_level": usual, "activation_mode": "hybrid", "position": "before_char", "order": 100}
    )
    form = EntryForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = lore_books.save_entry(actor, book_id, form.as_data(), entry_id)
            messages.success(request, gettext("The entry is saved."))
            return redirect_to("lore:book", book_id, fragment=f"e{made}")
        except NotFound:
            raise
        except ApiError as error:
            add_form_errors(form, error)
    context = {"form": form, "book": {"id": found.pk, "name": found.name}, "entry": _entry_row(row) if row else None}
    return render(request, "lore/entry_form.html", context, status=400 if form.errors else 200)


@sign_in_required
def find_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Redirect to an entry by its id alone."""
    row = lore_books.entry_for(actor_of(request), entry_id)
    return redirect_to("lore:entry", row.knowledge_collection_id, row.pk)


@require_POST
@sign_in_required
def delete_entry(request: HttpRequest, book_id: int, entry_id: int) -> HttpResponse:
    """Delete an entry."""
    lore_books.delete_entry(actor_of(request), entry_id)
    messages.success(request, gettext("The entry is deleted."))
    return redirect_to("lore:book", book_id)


@require_POST
@sign_in_required
def delete_book(request: HttpRequest, book_id: int) -> HttpResponse:
    """Delete a lorebook with its entries."""
    try:
        lore_books.delete_book(actor_of(request), book_id)
        messages.success(request, gettext("The collection is deleted."))
        return redirect_to("lore:books")
    except NotFound:
        raise
    except ApiError as error:
        messages.error(request, error.message)
        return redirect_to("lore:book", book_id)


@require_POST
@sign_in_required
def fork_book(request: HttpRequest, book_id: int) -> HttpResponse:
    """Copy a lorebook."""
    try:
        made = lore_books.fork_book(actor_of(request), book_id)
    except Forbidden:
        return render(request, "errors/403.html", status=403)
    messages.success(request, gettext("Here is your copy."))
    return redirect_to("lore:book", made)
