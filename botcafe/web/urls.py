"""Routes of all pages; each feature keeps its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("botcafe.web.accounts.urls")),
    path("", include("botcafe.web.bots.urls")),
    path("", include("botcafe.web.crisis.urls")),
    path("", include("botcafe.web.help.urls")),
    path("", include("botcafe.web.imports.urls")),
    path("", include("botcafe.web.shell.urls")),
    path("", include("botcafe.web.legal.urls")),
    path("", include("botcafe.web.leaving.urls")),
    # Before chats, whose last route takes any second part: /chats/<id>/<action>.
    path("", include("botcafe.web.sharing.urls")),
    path("", include("botcafe.web.chats.urls")),
    path("", include("botcafe.web.lore.urls")),
    path("", include("botcafe.web.search.urls")),
    path("", include("botcafe.web.memories.urls")),
    path("", include("botcafe.web.personas.urls")),
    path("", include("botcafe.web.presets.urls")),
    path("", include("botcafe.web.saved_prompts.urls")),
    path("", include("botcafe.web.keys.urls")),
    path("", include("botcafe.web.wellbeing.urls")),
]
