"""The staff site: a page for every collection, made from its declaration."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from botcafe.backoffice.pages import CollectionAdmin
from botcafe.cms.schema.collection import Collection, all_collections
from botcafe.kit.json_types import JsonObject


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]
    """Django's admin in our own rooms: people sign in where everybody does."""

    site_header = site_title = "BotCafé staff"
    index_title = "Collections"

    def login(self, request: HttpRequest, extra_context: JsonObject | None = None) -> HttpResponse:
        """There is one sign-in page."""
        return HttpResponseRedirect(f"{reverse('accounts:login')}?next={request.path}")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The menu, with the collections' own names."""
        names = {of.model._meta.object_name: of.plural for of in all_collections()}
        apps: list[Any] = super().get_app_list(request, app_label)
        for entry in (model for app in apps for model in app["models"]):
            entry["name"] = names.get(entry["object_name"], entry["name"])
        return apps


STAFF = StaffSite(name="staff")


def register_all() -> None:
    """Make and register the pages."""
    for of in all_collections():
        STAFF.register(of.model, page_of(of))


def page_of(of: Collection[Any]) -> type[CollectionAdmin]:
    """The page class of one collection."""
    return type(f"{of.model.__name__}Page", (CollectionAdmin,), {"of": of})
