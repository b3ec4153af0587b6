"""Pages of saved prompts: the list, the form, and the choices that a slash shows."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.companions.saved_prompts import actions as acts
from botcafe.areas.companions.saved_prompts.actions import SavedPromptItem
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.saved_prompts.forms import SavedPromptForm, initial_values
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.presenters import query_number
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required


@sign_in_required
def prompts_page(request: HttpRequest) -> HttpResponse:
    """The user's saved prompts."""
    context = {"prompts": acts.list_saved_prompts(actor_of(request)), "chat_id": query_number(request, "chat")}
    return render(request, "saved_prompts/prompts.html", context)


@sign_in_required
def choices(request: HttpRequest) -> HttpResponse:
    """The saved prompts as options of the composer's list."""
    context = {"prompts": acts.list_saved_prompts(actor_of(request))}
    return render(request, "saved_prompts/_choices.html", context)


def _form_page(request: HttpRequest, prompt: SavedPromptItem | None) -> HttpResponse:
    """Show the form; a valid POST saves it and goes back to the chat that it was opened from, else to the list."""
    chat_id = query_number(request, "chat")
    form = SavedPromptForm(request.POST or None, initial=initial_values(prompt) if prompt else None)
    if request.method == "POST" and form.is_valid():
        try:
            acts.save_prompt(actor_of(request), form.as_document(), prompt.id if prompt else None)
        except NotFound:
            raise
        except ApiError as error:
            add_form_errors(form, error)
        else:
            messages.success(request, gettext("{value} is saved.").format(value=form.cleaned_data["name"]))
            if chat_id:
                return redirect_to("chats:chat", chat_id, fragment="latest")
            return redirect_to("saved-prompts:prompts")
    context = {"form": form, "prompt": prompt, "chat_id": chat_id}
    return render(request, "saved_prompts/prompt_form.html", context, status=400 if form.errors else 200)


@sign_in_required
def new_prompt(request: HttpRequest) -> HttpResponse:
    """The form of a new saved prompt."""
    return _form_page(request, None)


@sign_in_required
def edit_prompt(request: HttpRequest, prompt_id: int) -> HttpResponse:
    """The form of an existing saved prompt."""
    return _form_page(request, acts.saved_prompt_for(actor_of(request), prompt_id))


@require_POST
@sign_in_required
def delete_prompt(request: HttpRequest, prompt_id: int) -> HttpResponse:
    """Delete a saved prompt."""
    acts.delete_saved_prompt(actor_of(request), prompt_id)
    messages.success(request, gettext("The saved prompt is deleted."))
    return redirect_to("saved-prompts:prompts")
