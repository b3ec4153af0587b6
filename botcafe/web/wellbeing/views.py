"""The page of one's own limits, and the sign of life that an open chat gives."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from botcafe.areas.wellbeing.own_limits import note_own_presence, own_limits, save_own_limits, take_loosening_back
from botcafe.areas.wellbeing.use_state import cooling_off_seconds
from botcafe.cms.schema.errors import ApiError
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required
from botcafe.web.wellbeing.forms import FIELD_NAMES, LimitsForm, first_values
from botcafe.web.wellbeing.presenters import awaited_changes, quiet_words, reached_words, use_bars


@never_cache
@sign_in_required
def limits_page(request: HttpRequest) -> HttpResponse:
    """The limits with what is used of them, and the form to change them."""
    actor = actor_of(request)
    own = own_limits(actor)
    form = LimitsForm(request.POST or None, initial=first_values(own.wish))
    if request.method == "POST" and form.is_valid():
        try:
            save_own_limits(actor, form.as_values())
        except ApiError as error:
            add_form_errors(form, error, FIELD_NAMES)
        else:
            if own_limits(actor).force.pending:
                messages.success(
                    request, gettext("Saved. What is stricter counts now; below stands when the rest does.")
                )
            else:
                messages.success(request, gettext("Saved. Your limits count from now on."))
            return redirect_to("wellbeing:wellbeing")
    context = {
        "form": form,
        "bars": use_bars(own),
        "reached": reached_words(own),
        "awaited": awaited_changes(own),
        "quiet": quiet_words(own),
        "zone": own.zone or "UTC",
        "hours": int(cooling_off_seconds() // 3600),
    }
    return render(request, "wellbeing/wellbeing.html", context, status=400 if form.errors else 200)


@require_POST
@sign_in_required
def take_back(request: HttpRequest) -> HttpResponse:
    """Keep the limits as they count now."""
    take_loosening_back(actor_of(request))
    messages.success(request, gettext("Your limits stay as they are."))
    return redirect_to("wellbeing:wellbeing")


@require_POST
@sign_in_required
def note_presence(request: HttpRequest) -> HttpResponse:
    """A chat is open before somebody's eyes."""
    note_own_presence(actor_of(request))
    return HttpResponse(status=204)
