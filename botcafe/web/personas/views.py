"""Pages of personas: the list, the form, versions, use in a chat, import."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.companions.bots.queries import bots_chatted_with
from botcafe.areas.companions.chats.actions import start_chat
from botcafe.areas.companions.chats.listing import list_chats
from botcafe.areas.companions.chats.lore_links import list_persona_lore, set_persona_lore
from botcafe.areas.companions.chats.settings import change_settings
from botcafe.areas.companions.personas import actions as acts
from botcafe.areas.companions.personas.actions import PersonaCard
from botcafe.areas.companions.personas.files import import_personas
from botcafe.areas.knowledge.lore.books import book_choices
from botcafe.chat.preview import preview_persona
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.personas.forms import FOLDED_FIELDS, LABELS, PersonaForm, initial_values
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.option_labels import option_label
from botcafe.web.shell.presenters import version_rows
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required
from botcafe.web.shell.uploads import import_upload

RECENT_CHATS = 30
MAX_BOTS = 100


@dataclass(frozen=True, slots=True)
class PersonaTrait:
    """A trait with its value in words."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PersonaChat:
    """A chat that uses a persona."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class PersonaRow:
    """A persona in the list; ``more`` is how many of its chats are not named."""

    id: int
    name: str
    description: str
    picture_url: str | None
    is_default: bool
    is_public: bool
    tags: list[str]
    traits: list[PersonaTrait]
    chats: list[PersonaChat]
    chat_count: int
    more: int


def _persona_row(card: PersonaCard) -> PersonaRow:
    row = card.row
    traits = [(label, getattr(row, acts.COLUMNS[name])) for name, label in LABELS.items()]
    return PersonaRow(
        id=row.pk,
        name=row.name,
        description=row.description,
        picture_url=card.picture_url,
        is_default=bool(row.is_default),
        is_public=bool(row.is_public),
        tags=row.tags or [],
        traits=[PersonaTrait(str(label), str(option_label(value))) for label, value in traits if value],
        chats=[PersonaChat(number, title) for number, title in card.chats],
        chat_count=card.chat_count,
        more=card.chat_count - len(card.chats),
    )


def _list_page(request: HttpRequest, status: int = 200, **given: object) -> HttpResponse:
    shown = [_persona_row(card) for card in acts.list_personas(actor_of(request))]
    made = request.GET.get("made", "")
    fresh = next((each for each in shown if str(each.id) == made), None)
    return render(request, "personas/personas.html", {"personas": shown, "fresh": fresh, **given}, status=status)


@sign_in_required
def personas_page(request: HttpRequest) -> HttpResponse:
    """The user's personas."""
    return _list_page(request)


def _persona_form(request: HttpRequest, card: PersonaCard | None = None) -> PersonaForm:
    initial = initial_values(card, list_persona_lore(card.row)) if card else None
    form = PersonaForm(request.POST or None, request.FILES or None, initial=initial)
    form.fields["lore"].choices = [(str(n), name) for n, name in book_choices(actor_of(request))]  # type: ignore[attr-defined]
    if card is None or not card.picture_url:
        del form.fields["no_picture"]
    return form


def _save_form(request: HttpRequest, form: PersonaForm, persona_id: int | None) -> int | None:
    """Save a valid form; None where the save added errors to it."""
    try:
        actor = actor_of(request)
        lore = set_persona_lore(actor, persona_id, [int(number) for number in form.cleaned_data["lore"]])
        return acts.save_persona(actor, {**form.as_data(), "knowledge_collections": lore}, persona_id)
    except NotFound:
        raise
    except ApiError as error:
        add_form_errors(form, error)
        return None


@sign_in_required
def new_persona(request: HttpRequest) -> HttpResponse:
    """The form of a new persona."""
    form = _persona_form(request)
    if request.method == "POST" and form.is_valid():
        made = _save_form(request, form, None)
        if made is not None:
            return redirect_to("personas:personas", query={"made": made})
    return render(request, "personas/persona_form.html", {"form": form}, status=400 if form.errors else 200)


@sign_in_required
def edit_persona(request: HttpRequest, persona_id: int) -> HttpResponse:
    """The form of an existing persona."""
    card = acts.persona_card_for(actor_of(request), persona_id)
    form = _persona_form(request, card)
    if request.method == "POST" and form.is_valid() and _save_form(request, form, persona_id) is not None:
        messages.success(request, gettext("{name} is saved.").format(name=form.cleaned_data["name"]))
        return redirect_to("personas:personas")
    return render(
        request, "personas/persona_form.html", _edit_context(request, form, card), status=400 if form.errors else 200
    )


def _edit_context(request: HttpRequest, form: PersonaForm, card: PersonaCard) -> dict[str, object]:
    actor, first = actor_of(request), form.initial
    kept = {name: getattr(card.row, name) for name in ("name", "description", "custom_instructions")}
    kept |= {name: getattr(card.row, column) for name, column in acts.COLUMNS.items()}
    return {
        "form": form,
        "persona": _persona_row(card),
        "finer": any(first.get(name) for name in FOLDED_FIELDS),
        "told": preview_persona(actor, kept),
        "bots": [{"slug": bot.slug, "name": bot.name} for bot in bots_chatted_with(actor)[:MAX_BOTS]],
    }


@require_POST
@sign_in_required
def try_out(request: HttpRequest, persona_id: int) -> HttpResponse:
    """Open a temporary chat with this persona."""
    slug = request.POST.get("bot", "")[:200]
    return redirect_to("chats:chat", start_chat(actor_of(request), slug, temporary=True, persona_id=persona_id))


@require_POST
@sign_in_required
def preview_prompt(request: HttpRequest) -> HttpResponse:
    """The prompt block of a persona as it stands in the form; nothing is stored."""
    form = _persona_form(request)
    # Validates for its side effect: invalid fields are left out of the preview and reported when the form is sent.
    form.is_valid()
    form.cleaned_data = {**{name: form.cleaned_data.get(name) or "" for name in form.fields}, "avatar": None}
    preview = preview_persona(actor_of(request), form.as_data())
    return render(request, "personas/_prompt_preview.html", {"told": preview})


@sign_in_required
def versions_page(request: HttpRequest, persona_id: int) -> HttpResponse:
    """The versions of a persona, with what each changed."""
    actor = actor_of(request)
    card = acts.persona_card_for(actor, persona_id)
    context = {
        "name": card.row.name,
        "back_url": page_url("personas:persona", persona_id),
        "versions": version_rows(acts.list_persona_versions(actor, persona_id), "personas:restore-version", persona_id),
    }
    return render(request, "shell/versions.html", context)


@require_POST
@sign_in_required
def restore_version(request: HttpRequest, persona_id: int, version_id: int) -> HttpResponse:
    """Restore a version of a persona."""
    try:
        acts.restore_persona_version(actor_of(request), persona_id, version_id)
        messages.success(
            request, gettext("The persona stands as it did then. What it was before is kept as a version too.")
        )
    except NotFound:
        raise
    except ApiError as error:
        messages.error(request, error.message)
    return redirect_to("personas:versions", persona_id)


@require_POST
@sign_in_required
def make_default(request: HttpRequest, persona_id: int) -> HttpResponse:
    """Make it the default of new chats, or not any more."""
    on = request.POST.get("on", "1") == "1"
    acts.make_default(actor_of(request), persona_id, on=on)
    messages.success(
        request, gettext("New chats begin with this persona.") if on else gettext("New chats begin without a persona.")
    )
    return redirect_to("personas:personas")


@require_POST
@sign_in_required
def delete_persona(request: HttpRequest, persona_id: int) -> HttpResponse:
    """Delete a persona."""
    try:
        acts.delete_persona(actor_of(request), persona_id)
        messages.success(request, gettext("The persona is deleted. Chats that used it go on in your own name."))
    except NotFound:
        raise
    except ApiError as error:
        messages.error(request, error.message)
    return redirect_to("personas:personas")


@sign_in_required
def use_in_chat(request: HttpRequest, persona_id: int) -> HttpResponse:
    """Choose a chat in which to use a persona."""
    actor = actor_of(request)
    card = acts.persona_card_for(actor, persona_id)
    if request.method == "POST":
        chat = request.POST.get("chat", "")
        if not chat.isdecimal() or len(chat) > 18:
            raise NotFound
        change_settings(actor, int(chat), {"persona": persona_id})
        return redirect_to("chats:chat", chat, fragment="latest")
    return render(
        request,
        "personas/use_in_chat.html",
        {"persona": _persona_row(card), "chats": list_chats(actor, limit=RECENT_CHATS)},
    )


@require_POST
@sign_in_required
def import_file(request: HttpRequest) -> HttpResponse:
    """Import a backup of personas."""
    context, status = import_upload(request, lambda data, _: import_personas(actor_of(request), data))
    return _list_page(request, status, **context)
