"""The sharing page of a lorebook, and opening a shared one by its password."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.localization.time_zones import time_zone_of
from botcafe.areas.creators.shares import end_share
from botcafe.areas.knowledge.lore import collaborators
from botcafe.areas.knowledge.lore import sharing as lore_sharing
from botcafe.areas.knowledge.lore.share_access import open_shared_book
from botcafe.areas.knowledge.lore.sharing import BookSharing
from botcafe.cms.schema.errors import ApiError, Forbidden, NotFound
from botcafe.web.sharing.forms import (
    BOOK_LEVELS,
    ENTRY_LEVELS,
    PERMISSIONS,
    BookPasswordForm,
    BookSharingForm,
    CollaboratorForm,
    local_day,
)
from botcafe.web.sharing.views import absolute_url
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required

Act = Callable[..., HttpResponse]
COUNTS = (
    ("views", gettext_lazy("looked at")),
    ("forks", gettext_lazy("copied")),
    ("accesses", gettext_lazy("entries opened by password")),
    ("searches", gettext_lazy("entries found by search")),
    ("citations", gettext_lazy("entries cited")),
)


def _sharing_view(view: Act) -> Act:
    """Decorator: 404 for those who may not see the lorebook, 403 for those who may not change its sharing."""

    @wraps(view)
    @sign_in_required
    def guarded(request: HttpRequest, book_id: int, **more: object) -> HttpResponse:
        try:
            found = lore_sharing.sharing_of(actor_of(request), book_id)
        except Forbidden:
            return render(request, "errors/403.html", status=403)
        return view(request, found, **more)

    return guarded


def _settings_form(request: HttpRequest, found: BookSharing, data: object = None) -> BookSharingForm:
    row = found.row
    initial = {
        "level": found.level,
        "allow_fork": row.sharing_settings_allow_fork is not False,
        "allow_collaboration": row.sharing_settings_allow_collaboration is not False,
    }
    return BookSharingForm(
        data,
        initial=initial,
        zone=time_zone_of(actor_of(request)),
        kept=row.sharing_settings_sharing_expiration,
        has_password=found.has_password,
    )


def _render_page(request: HttpRequest, found: BookSharing, **forms: object) -> HttpResponse:
    zone = time_zone_of(actor_of(request))
    route = "lore:open" if found.has_password else "lore:book"
    context = {
        "book": {"id": found.row.pk, "name": found.row.name},
        "found": found,
        "level_words": dict(BOOK_LEVELS)[found.level],
        "until": local_day(found.row.sharing_settings_sharing_expiration, zone),
        "may": dict(PERMISSIONS)[found.permissions[-1]],
        "permissions": PERMISSIONS,
        "present": found.permissions[-1],
        "entry_levels": [(name, words, found.entries.get(name, 0)) for name, words in ENTRY_LEVELS],
        "counts": [(words, found.counts[name]) for name, words in COUNTS],
        "shares": [{"share": each, "until": local_day(each.until, zone)} for each in found.shares],
        "address": absolute_url(request, page_url(route, found.row.pk)),
        "form": forms.get("form") or _settings_form(request, found),
        "person_form": forms.get("person_form") or CollaboratorForm(initial={"permissions": found.permissions[-1]}),
    }
    return render(request, "lore/sharing.html", context, status=400 if forms else 200)


@never_cache
@_sharing_view
def sharing_page(request: HttpRequest, found: BookSharing) -> HttpResponse:
    """Who may see a lorebook, and its collaborators."""
    if request.method != "POST":
        return _render_page(request, found)
    form = _settings_form(request, found, request.POST)
    if form.is_valid():
        try:
            lore_sharing.change_sharing(actor_of(request), found.row.pk, form.as_data())
            messages.success(request, gettext("Who can see it is saved."))
            return redirect_to("lore:sharing", found.row.pk)
        except ApiError as error:
            add_form_errors(form, error)
    return _render_page(request, found, form=form)


@require_POST
@_sharing_view
def add_collaborator(request: HttpRequest, found: BookSharing) -> HttpResponse:
    """Invite a collaborator, or change what all collaborators may do."""
    form = CollaboratorForm(request.POST)
    if form.is_valid() and _changes_others(found, form.cleaned_data):
        form.add_error(
            "for_all",
            gettext("All of them may {value}. Tick this to change that.").format(
                value=dict(PERMISSIONS)[found.permissions[-1]]
            ),
        )
    if form.is_valid():
        given = form.cleaned_data
        try:
            told = collaborators.add_collaborator(
                actor_of(request), found.row.pk, given["who"], given["permissions"], for_all=given["for_all"]
            )
            messages.success(request, _added_message(given["who"], told["collaborators"][-1]))
            return redirect_to("lore:sharing", found.row.pk, fragment="people")
        except ApiError as error:
            add_form_errors(form, error)
    return _render_page(request, found, person_form=form)


def _changes_others(found: BookSharing, given: dict[str, Any]) -> bool:
    """Whether the requested permissions differ from those of the other collaborators, who all have the same."""
    others = [number for number, _ in found.people if str(number) != given["who"]]
    return bool(others) and given["permissions"] != found.permissions[-1] and not given["for_all"]


def _added_message(who: str, user: int) -> str:
    return (
        gettext("That is saved.")
        if who.isdecimal()
        else gettext("{who} is account {user} here, and is a collaborator now.").format(who=who, user=user)
    )


@require_POST
@_sharing_view
def remove_collaborator(request: HttpRequest, found: BookSharing, user: int) -> HttpResponse:
    """Remove a collaborator."""
    try:
        collaborators.remove_collaborator(actor_of(request), found.row.pk, user)
        messages.success(request, gettext("They are no longer a collaborator."))
    except Forbidden:
        return render(request, "errors/403.html", status=403)
    return redirect_to("lore:sharing", found.row.pk, fragment="people")


@require_POST
@_sharing_view
def end_book_share(request: HttpRequest, found: BookSharing, user: int) -> HttpResponse:
    """End a share that was made over the API."""
    try:
        end_share(actor_of(request), lore_sharing.SLUG, found.row.pk, user)
        messages.success(request, gettext("It is not shared with them any more."))
    except Forbidden:
        return render(request, "errors/403.html", status=403)
    return redirect_to("lore:sharing", found.row.pk, fragment="people")


@require_POST
@_sharing_view
def share_entries(request: HttpRequest, found: BookSharing) -> HttpResponse:
    """Set who may read all entries of one's own."""
    try:
        count = lore_sharing.share_entries(actor_of(request), found.row.pk, request.POST.get("level"))
        messages.success(
            request,
            ngettext("{count} entry has changed.", "{count} entries have changed.", count).format(count=count),
        )
    except ApiError as error:
        messages.error(request, error.message)
    return redirect_to("lore:sharing", found.row.pk, fragment="entries")


@require_POST
@sign_in_required
def leave_book(request: HttpRequest, book_id: int) -> HttpResponse:
    """Leave another user's lorebook as a collaborator."""
    actor = actor_of(request)
    collaborators.remove_collaborator(actor, book_id, actor.id)
    messages.success(request, gettext("You have left the collection."))
    return redirect_to("lore:books")


@never_cache
@sign_in_required
def open_by_password(request: HttpRequest, book_id: int) -> HttpResponse:
    """Show the entries of a shared lorebook for its password. The form is the same for any id, existing or not."""
    form = BookPasswordForm(request.POST or None)
    opened = None
    if request.method == "POST" and form.is_valid():
        try:
            opened = open_shared_book(actor_of(request), book_id, form.cleaned_data["password"])
        except NotFound:
            raise
        except ApiError as error:
            form.add_error("password", error.message)
    context = {"form": form, "number": book_id, "opened": opened}
    return render(request, "lore/open.html", context, status=400 if form.errors else 200)
