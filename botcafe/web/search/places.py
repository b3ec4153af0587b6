"""The pages that the palette knows by name."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from botcafe.web.shell.addresses import page_url

MAX_PLACES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A page of ours. ``words`` are other names under which people look for it."""

    label: str | Promise
    route: str
    icon: str
    words: str | Promise = ""
    fragment: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        return page_url(self.route, fragment=self.fragment)


PLACES = (
    Place(gettext_lazy("Home"), "bots:home", "cup", gettext_lazy("start favourites continue")),
    Place(gettext_lazy("Explore"), "bots:explore", "search", gettext_lazy("public bots characters tags discover")),
    Place(gettext_lazy("My chats"), "chats:list", "chats", gettext_lazy("conversations archive folders")),
    Place(gettext_lazy("New chat"), "chats:new", "plus", gettext_lazy("start conversation group temporary")),
    Place(gettext_lazy("My bots"), "bots:my-bots", "bots", gettext_lazy("characters shared with me")),
    Place(gettext_lazy("New bot"), "bots:new", "plus", gettext_lazy("create character card")),
    Place(
        gettext_lazy("Import"), "imports:import", "upload", gettext_lazy("upload card file SillyTavern lorebook chat")
    ),
    Place(gettext_lazy("Keys"), "keys:keys", "key", gettext_lazy("API key model provider connection OpenAI endpoint")),
    Place(gettext_lazy("Favourites"), "bots:favourites", "star", gettext_lazy("starred bots favorites")),
    Place(gettext_lazy("Personas"), "personas:personas", "smile", gettext_lazy("who I am identity profile")),
    Place(gettext_lazy("New persona"), "personas:new", "plus", gettext_lazy("create identity")),
    Place(gettext_lazy("Lore"), "lore:books", "book", gettext_lazy("lorebooks world info documents knowledge")),
    Place(gettext_lazy("New lorebook"), "lore:new", "plus", gettext_lazy("create lore world info")),
    Place(gettext_lazy("Memories"), "memories:memories", "clock", gettext_lazy("remembered summaries review")),
    Place(gettext_lazy("Presets"), "presets:presets", "letters", gettext_lazy("sampling temperature settings")),
    Place(gettext_lazy("New preset"), "presets:new", "plus", gettext_lazy("create sampling settings")),
    Place(
        gettext_lazy("Saved prompts"), "saved-prompts:prompts", "quill", gettext_lazy("quick replies slash commands")
    ),
    Place(gettext_lazy("Search"), "search:search", "search", gettext_lazy("find everything")),
    Place(gettext_lazy("Search messages"), "chats:search", "search", gettext_lazy("find in all chats")),
    Place(gettext_lazy("Account"), "accounts:account", "user", gettext_lazy("name picture email password sessions")),
    Place(
        gettext_lazy("Reading settings"),
        "accounts:account",
        "letters",
        gettext_lazy("theme dark light font text size width avatars"),
        "reading",
    ),
    Place(
        gettext_lazy("Defaults and access"),
        "accounts:access",
        "lock",
        gettext_lazy("default model language time zone API tokens"),
    ),
    Place(gettext_lazy("Help"), "help:help", "help", gettext_lazy("guide articles how questions FAQ")),
    Place(gettext_lazy("My requests"), "help:tickets", "help", gettext_lazy("support tickets ask for help contact")),
    Place(gettext_lazy("Help in a crisis"), "crisis:crisis", "info", gettext_lazy("emergency hotline danger")),
    Place(
        gettext_lazy("Wellbeing"),
        "wellbeing:wellbeing",
        "heart",
        gettext_lazy("limits breaks mood journal quiet hours"),
    ),
    Place(gettext_lazy("Usage"), "accounts:usage", "day", gettext_lazy("cost tokens spending statistics")),
)


def find_places(text: str) -> list[Place]:
    """The pages that fit: each word begins a word of the page's names. Fitting labels come first; all for no text."""
    wanted = text.casefold().split()
    by_label = [place for place in PLACES if _fits(wanted, str(place.label))]
    by_words = [place for place in PLACES if place not in by_label and _fits(wanted, f"{place.label} {place.words}")]
    return [*by_label, *by_words][:MAX_PLACES]


def _fits(wanted: list[str], names: str) -> bool:
    given = names.casefold().split()
    return all(any(name.startswith(word) for name in given) for word in wanted)
