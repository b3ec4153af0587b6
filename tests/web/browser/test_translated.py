"""Every text of a page can be translated: in en-XA nothing is plain English, and en-XB runs from right to left."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.live import Served, served
from tests.web.browser.steps import Visit, sideways

# What people wrote has no Latin letters here, so that whatever is plain English came out of our templates and scripts.
NAME, WORDS = "Аня", "Добрый вечер"
WIDTHS = (360, 820, 1280)
# The words that a reader sees or hears. Dates, code, addresses, and what people or files named are not ours to translate.
SPOKEN = """() => {
  const shown = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;
  const skipped = "script, style, code, pre, kbd, time, svg, [data-untranslated], [lang=en], .brand";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest(skipped) && shown(node.parentElement)) found.push(node.textContent);
  }
  for (const element of document.body.querySelectorAll("[aria-label], [placeholder], [title]")) {
    if (element.closest(skipped)) continue;
    found.push(...["aria-label", "placeholder", "title"].map((name) => element.getAttribute(name) ?? ""));
  }
  return found.map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""
# Names of models, providers, formats and keys of the keyboard are the same in every language.
SAME = re.compile(
    r"BotCafé|UTC|JSON|PNG|CHARX|OpenAI|Anthropic|Google|OpenRouter|Groq|Mistral|DeepSeek|Ollama|SillyTavern|Python|curl|"
    r"Markdown|PDF|WebP|JPEG|GIF|EPUB|KoboldCpp|LM Studio|LibreChat|\{\{.*?\}\}|(?:January|February|March|April|May|June|July|"
    r"August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\.?|Ctrl|Enter|Esc|MB|kB|[\w.-]+@[\w.-]+|https?://\S+"
)
PLAIN_WORD = re.compile(r"(?<![^\W\d_])[a-zA-Z]{3,}(?![^\W\d_])")


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A café that offers both languages of the tests."""
    data = tmp_path_factory.mktemp("translated") / "data"
    with served(data, BOTCAFE_LANGUAGES="en,en-xa,en-xb", BOTCAFE_SCENES="off", BOTCAFE_SEED="none") as running:
        yield running


@pytest.fixture(scope="module")
def things(translated: Served) -> "Things":
    """Somebody with one of everything."""
    return Things(translated)


class Things:
    """Somebody with one of everything, and the pages where it is seen."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.token = server.sign_up("77@cafe.test", name=NAME)
        bot = self.make(
            "bot",
            name=NAME,
            slug="a1",
            creator_display_name=NAME,
            system_prompt=WORDS,
            description=WORDS,
            greeting=WORDS,
        )
        book = self.make("knowledgeCollections", name=NAME, description=WORDS)
        entry = self.make("knowledge", title=NAME, entry=WORDS, type="text", knowledge_collection=book)
        persona = self.make("personas", name=NAME, description=WORDS)
        memory = self.make("memory", bot=bot, title=NAME, entry=WORDS)
        preset = self.make("samplerPresets", name=NAME)
        self.make("mood", mood="happy", note=WORDS)
        ticket = self.make("supportTickets", subject=NAME, description=WORDS, category="question")
        chat = server.ask("POST", "/api/account/chats", {"bot": "a1"}, self.token)[1]["id"]
        self.paths = [
            *(
                "/",
                "/bots/a1",
                "/bots/a1/edit",
                "/bots/a1/sharing",
                "/bots/a1/versions",
                "/bots/mine",
                "/bots/favourites",
            ),
            *("/bots/new", "/lore", "/lore/new", f"/lore/{book}", f"/lore/{book}/edit", f"/lore/{book}/sharing"),
            *(f"/lore/{book}/entries/{entry}", "/personas", f"/personas/{persona}", "/personas/new", "/memories"),
            *(f"/memories/{memory}", "/presets", f"/presets/{preset}", "/presets/new", "/keys", "/import", "/chats"),
            *(f"/chats/{chat}", f"/chats/{chat}/branches", f"/chats/{chat}/removed", f"/chats/{chat}/sharing"),
            *(
                "/explore",
                "/chats/new",
                "/saved-prompts",
                "/saved-prompts/new",
                "/search",
                "/search?q=77",
                "/chats/search?q=77",
                "/account",
                "/account/second-step",
                "/account/passkeys",
                "/account/service",
                "/account/access",
                "/account/usage",
                "/account/leave",
                "/legal",
                "/legal/agree",
                "/wellbeing",
                "/wellbeing/journal",
                "/help",
                "/help?q=77",
                "/help/tickets",
                "/help/tickets/new",
                f"/help/tickets/{ticket}",
                "/404",
            ),
        ]

    def make(self, collection: str, **data: object) -> int:
        """Something new: its id."""
        status, answer = self.server.ask("POST", f"/api/{collection}?depth=0", data, self.token)
        assert status == 201, answer
        number: int = answer["doc"]["id"]
        return number

    def window(self, visit: Visit, language: str) -> Page:
        """A window in a language, signed in."""
        page = visit.window(base_url=self.server.base, extra_http_headers={"Accept-Language": language})
        page.context.add_cookies([{"name": "payload-token", "value": self.token, "url": self.server.base}])
        return page


def plain_words(page: Page) -> list[str]:
    """The texts of a page in which a word is still plain English."""
    texts = [SAME.sub("", text) for text in page.evaluate(SPOKEN)]
    return sorted({text for text in texts if PLAIN_WORD.search(text)})


def test_nothing_is_left_in_plain_english(visit: Visit, things: Things) -> None:
    page = things.window(visit, "en-XA")
    left = {}
    for path in things.paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.lang") == "en-xa"
        # Folded parts are read too.
        page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        if found := plain_words(page):
            left[path] = found
    assert left == {}, "\n".join(f"{path}: {found}" for path, found in left.items())


def test_signed_out_pages_are_translated_too(visit: Visit, translated: Served, things: Things) -> None:
    page = visit.window(base_url=translated.base, extra_http_headers={"Accept-Language": "en-XA"})
    left = {}
    for path in (
        "/",
        "/login",
        "/register",
        "/forgot",
        "/reset?token=x",
        "/verify?token=x",
        "/offline",
        "/bots/a1",
        "/crisis",
        "/crisis/protocol",
    ):
        page.goto(path)
        if found := plain_words(page):
            left[path] = found
    assert left == {}, "\n".join(f"{path}: {found}" for path, found in left.items())


@pytest.mark.parametrize("language", ["en-XA", "en-XB"])
def test_longer_words_and_the_other_direction_break_no_page(visit: Visit, things: Things, language: str) -> None:
    page = things.window(visit, language)
    for path in things.paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "en-XB" else "")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert sideways(page) <= 0, f"{path} at {width} px is {sideways(page)} px too wide in {language}"
