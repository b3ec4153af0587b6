"""Forms of the folders of chats: another name, and away with it; no chat is deleted."""

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from botcafe.areas.companions.chats import folders
from botcafe.cms.schema.errors import ApiError
from botcafe.cms.write.field_values import refuse_nul_characters
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import actor_of, sign_in_required


@require_POST
@sign_in_required
def rename(request: HttpRequest) -> HttpResponse:
    """Give a folder another name."""
    name = request.POST.get("folder", "")
    try:
        refuse_nul_characters(dict(request.POST.lists()))
        shown = folders.rename_folder(actor_of(request), name, request.POST.get("name"))
    except ApiError as error:
        return _refused(request, error, name)
    flash.success(request, gettext("The folder is called {name} now.").format(name=shown))
    return redirect_to("chats:list", query={"folder": shown})


@require_POST
@sign_in_required
def remove(request: HttpRequest) -> HttpResponse:
    """Delete a folder; its chats stay in the list."""
    name = request.POST.get("folder", "")
    try:
        refuse_nul_characters(dict(request.POST.lists()))
        folders.remove_folder(actor_of(request), name)
    except ApiError as error:
        return _refused(request, error, name)
    flash.success(request, gettext("The folder is deleted. Its chats are still in your list."))
    return redirect_to("chats:list")


def _refused(request: HttpRequest, error: ApiError, name: str) -> HttpResponse:
    flash.error(request, error.message)
    is_there = name in folders.list_folders(actor_of(request))
    return redirect_to("chats:list", query={"folder": name} if is_there else None)
