"""The bot editor: the form, a preview of the prompt, and versions."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.bots import card_import
from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.bots import versions as bot_versions
from botcafe.areas.knowledge.lore.books import own_books
from botcafe.chat.preview import preview_bot
from botcafe.cms.schema.errors import ApiError, Forbidden
from botcafe.web.bots.forms import BotForm, initial_values
from botcafe.web.chats.inspector import inspector_of
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import version_rows
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required


def _bot_form(request: HttpRequest, initial: Mapping[str, Any] | None = None) -> BotForm:
    form = BotForm(request.POST or None, request.FILES or None, initial=initial or {})
    books = [(str(card.row.pk), card.row.name) for card in own_books(actor_of(request))]
    kept = [
        (number, gettext("Lore of another")) for number in (initial or {}).get("lore", []) if number not in dict(books)
    ]
    form.fields["lore"].choices = [*books, *kept]  # type: ignore[attr-defined]
    return form


@sign_in_required
def new_bot(request: HttpRequest) -> HttpResponse:
    """The form of a new bot."""
    form = _bot_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            actor = actor_of(request)
            made = card_import.save_bot(actor, form.as_data())
            return redirect_to("bots:bot", made["slug"])
        except ApiError as error:
            add_form_errors(form, error)
    return render(request, "bots/bot_form.html", {"form": form}, status=400 if form.errors else 200)


@sign_in_required
def edit_bot(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of an existing bot."""
    actor = actor_of(request)
    try:
        found = bot_versions.own_bot(actor, slug)
    except Forbidden:
        return render(request, "errors/403.html", status=403)
    form = _bot_form(request, initial_values(found, bot_queries.lore_ids_of_bot(found)))
    if request.method == "POST" and form.is_valid():
        try:
            card_import.save_bot(actor, form.as_data(), slug)
            messages.success(
                request, gettext("{name} is saved. What stood before is among its versions.").format(name=found.name)
            )
            return redirect_to("bots:bot", slug)
        except ApiError as error:
            add_form_errors(form, error)
    picture = shown_url(found.user_id, found.picture)
    bot = {"id": found.pk, "name": found.name, "slug": found.slug, "picture_url": picture}
    bot["is_mine"] = found.user_id == actor.id
    return render(request, "bots/bot_form.html", {"form": form, "bot": bot}, status=400 if form.errors else 200)


@require_POST
@sign_in_required
def preview_prompt(request: HttpRequest) -> HttpResponse:
    """The prompt of a bot as it stands in the form; nothing is stored."""
    form = _bot_form(request)
    # Validates for its side effect: invalid fields are left out of the preview and reported when the form is sent.
    form.is_valid()
    given = {name: form.cleaned_data.get(name, "") for name in form.fields}
    form.cleaned_data = {**given, "picture": None, "lore": given["lore"] or []}
    text = request.POST.get("try", "")[:4000]
    preview = preview_bot(actor_of(request), form.as_data(), text)
    return render(request, "chats/_inspector.html", {"inspector": inspector_of(preview, is_preview=True)})


@sign_in_required
def versions_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The versions of a bot, with what each changed."""
    actor = actor_of(request)
    try:
        rows = bot_versions.list_bot_versions(actor, slug)
    except Forbidden:
        return render(request, "errors/403.html", status=403)
    bot = bot_queries.bot_by_slug(actor, slug)
    context = {
        "name": bot.name,
        "back_url": page_url("bots:edit", bot.slug),
        "versions": version_rows(rows, "bots:restore-version", bot.slug),
    }
    return render(request, "shell/versions.html", context)


@require_POST
@sign_in_required
def restore_version(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    """Restore a version of a bot."""
    try:
        bot_versions.restore_bot_version(actor_of(request), slug, version_id)
        messages.success(
            request, gettext("The bot stands as it did then. What it was before is kept as a version too.")
        )
    except Forbidden:
        return render(request, "errors/403.html", status=403)
    return redirect_to("bots:versions", slug)
