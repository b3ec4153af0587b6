"""The staff site: Django's admin with a page for every collection."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext
from unfold.sites import UnfoldAdminSite

from botcafe.backoffice.pages import CollectionAdmin
from botcafe.backoffice.tickets import ticket_urls
from botcafe.cms.schema.collection import Collection, all_collections
from botcafe.kit.json_types import JsonObject

UNUSED_PAGES = {"autocomplete", "view_on_site", "password_change_done"}


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    """Django's admin with the main site's pages for signing in and out and for the password."""

    site_header = site_title = "BotCafé staff"
    index_title = "Collections"

    def login(self, request: HttpRequest, extra_context: JsonObject | None = None) -> HttpResponse:
        """Redirect to the main sign-in page, which has the rate limits and checks; who has signed in may not come in."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return HttpResponseRedirect(f"{reverse('accounts:login')}?next={request.path}")

    def logout(self, request: HttpRequest, extra_context: JsonObject | None = None) -> HttpResponse:
        """Send the form on to the main site: Django's own would leave our sign-in alive."""
        return HttpResponseRedirect(reverse("accounts:logout"), preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: JsonObject | None = None) -> HttpResponse:
        """Redirect to the account page, which counts guesses and ends the other sign-ins."""
        return HttpResponseRedirect(reverse("accounts:account"))

    def get_urls(self) -> list[URLPattern]:
        """The pages of support tickets, and Django's without those that no page of ours leads to."""
        pages = [page for page in super().get_urls() if getattr(page, "name", None) not in UNUSED_PAGES]
        # Before the last page of Django's, which takes every address.
        return [*ticket_urls(self), *pages]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The menu, with the plural names of the collections."""
        names = {of.model._meta.object_name: of.plural for of in all_collections()}
        apps: list[Any] = super().get_app_list(request, app_label)
        for entry in (model for app in apps for model in app["models"]):
            entry["name"] = names.get(entry["object_name"], entry["name"])
        return [_queue_entry(), *apps] if app_label is None and apps else apps


def _queue_entry() -> JsonObject:
    """The queue of support tickets, as an app of the menu."""
    address = reverse("staff:tickets")
    entry: JsonObject = {
        "name": gettext("Support tickets by waiting time"),
        "object_name": "Queue",
        "admin_url": address,
        "add_url": None,
        "view_only": True,
        "perms": {"add": False, "change": False, "delete": False, "view": True},
    }
    return {
        "name": gettext("Support"),
        "app_label": "",
        "app_url": address,
        "has_module_perms": True,
        "models": [entry],
    }


STAFF = StaffSite(name="staff")


def register_all() -> None:
    """Create and register the pages of all collections."""
    for of in all_collections():
        STAFF.register(of.model, page_of(of))


def page_of(of: Collection[Any]) -> type[CollectionAdmin]:
    """The page class of one collection."""
    return type(f"{of.model.__name__}Page", (CollectionAdmin,), {"of": of})
