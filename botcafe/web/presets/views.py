"""Pages of presets: the list, the form, copies, import and export."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from botcafe.areas.companions.presets import actions as acts
from botcafe.areas.companions.presets.actions import PresetCard
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.kit.json_types import list_or_empty
from botcafe.web.presets.forms import HELP, TEXTS, PresetForm, initial_values
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required
from botcafe.web.shell.uploads import import_upload

TEXT_LABELS = {
    "main": gettext_lazy("main instructions"),
    "post_history": gettext_lazy("words after the chat"),
    "impersonation": gettext_lazy("words for your lines"),
}


@dataclass(frozen=True, slots=True)
class SettingFact:
    """A setting with its value in words."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class PresetRow:
    """A preset in the list; ``stops`` counts its stop texts."""

    id: int
    name: str
    is_default: bool
    facts: list[SettingFact]
    stops: int
    texts: list[str]
    bots: list[str]
    is_brought: bool


def _preset_row(card: PresetCard) -> PresetRow:
    row, numbers = card.row, card.settings
    return PresetRow(
        id=row.pk,
        name=row.name,
        is_default=bool(row.is_default),
        facts=[SettingFact(str(HELP[name][0]), f"{numbers[name]:,}") for name in HELP if name in numbers],
        stops=len(list_or_empty(numbers.get("stop"))),
        texts=[str(TEXT_LABELS[name]) for name in TEXTS if getattr(row, name)],
        bots=list(card.bots.values()),
        is_brought=isinstance(row.source, dict),
    )


def _list_page(request: HttpRequest, status: int = 200, **given: object) -> HttpResponse:
    shown = [_preset_row(card) for card in acts.list_presets(actor_of(request))]
    return render(request, "presets/presets.html", {"presets": shown, **given}, status=status)


@sign_in_required
def presets_page(request: HttpRequest) -> HttpResponse:
    """The user's presets, and a form to import one."""
    return _list_page(request)


def _form_page(request: HttpRequest, preset_id: int | None, initial: dict[str, object], **more: object) -> HttpResponse:
    """Show the form; a valid POST saves it."""
    actor = actor_of(request)
    form = PresetForm(request.POST or None, initial=initial, bots=acts.list_bot_choices(actor, preset_id))
    if request.method == "POST" and form.is_valid():
        try:
            acts.save_preset(actor, form.as_document(), preset_id)
        except NotFound:
            raise
        except ApiError as error:
            add_form_errors(form, error)
        else:
            messages.success(request, gettext("{name} is saved.").format(name=form.cleaned_data["name"]))
            return redirect_to("presets:presets")
    context = {"form": form, **more}
    return render(request, "presets/preset_form.html", context, status=400 if form.errors else 200)


@sign_in_required
def new_preset(request: HttpRequest) -> HttpResponse:
    """The form of a new preset."""
    return _form_page(request, None, {})


@sign_in_required
def edit_preset(request: HttpRequest, preset_id: int) -> HttpResponse:
    """The form of an existing preset."""
    card = acts.preset_card_for(actor_of(request), preset_id)
    return _form_page(request, preset_id, initial_values(card), preset=_preset_row(card))


@require_POST
@sign_in_required
def use_everywhere(request: HttpRequest, preset_id: int) -> HttpResponse:
    """Make a preset the default, or no longer."""
    on = request.POST.get("on", "1") == "1"
    acts.set_default_preset(actor_of(request), preset_id, on=on)
    messages.success(
        request, gettext("It is the default preset now.") if on else gettext("It is no longer the default preset.")
    )
    return redirect_to("presets:presets")


@require_POST
@sign_in_required
def copy_preset(request: HttpRequest, preset_id: int) -> HttpResponse:
    """Copy a preset and open the copy."""
    return redirect_to("presets:preset", acts.copy_preset(actor_of(request), preset_id))


@require_POST
@sign_in_required
def delete_preset(request: HttpRequest, preset_id: int) -> HttpResponse:
    """Delete a preset."""
    acts.delete_preset(actor_of(request), preset_id)
    messages.success(request, gettext("The preset is deleted."))
    return redirect_to("presets:presets")


@sign_in_required
def download_preset(request: HttpRequest, preset_id: int) -> HttpResponse:
    """Download a preset as a file."""
    actor = actor_of(request)
    name = slugify(acts.preset_card_for(actor, preset_id).row.name) or "preset"
    response = HttpResponse(acts.export_preset(actor, preset_id), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


@require_POST
@sign_in_required
def import_file(request: HttpRequest) -> HttpResponse:
    """Import a preset file of SillyTavern or of ours."""
    context, status = import_upload(request, lambda data, name: acts.import_preset(actor_of(request), data, name))
    return _list_page(request, status, **context)
