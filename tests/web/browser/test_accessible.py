"""No page has a fault that axe knows of, in light and in dark, wide and narrow."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.live import Served
from tests.web.browser.steps import SLOW, Visit, begin, choose, say, sign_up, turns

pytestmark = pytest.mark.browser
OPTIONS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
PAGES = (
    "/",
    "/explore",
    "/chats",
    "/chats/new",
    "/bots/new",
    "/bots/mine",
    "/import",
    "/lore",
    "/lore/new",
    "/memories",
    "/search?q=tea",
    "/personas",
    "/personas/new",
    "/presets",
    "/presets/new",
    "/saved-prompts",
    "/saved-prompts/new",
    "/keys",
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
    "/chats/search",
    "/help",
    "/help/using-your-own-key",
    "/help/tickets",
    "/help/tickets/new",
    "/crisis",
    "/crisis/protocol",
)


def faults(page: Page) -> list[str]:
    """What axe finds, each with where it stands."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]


def faults_of(page: Page, paths: tuple[str, ...]) -> dict[str, list[str]]:
    """What axe finds on each page that has a fault."""
    return {path: found for path in paths if page.goto(path) and (found := faults(page))}


def made(page: Page) -> tuple[str, ...]:
    """The pages of what somebody has made: a collection, a persona, a bot and a chat, each with its sharing."""
    page.goto("/lore/new")
    page.fill("[name=name]", "The valley")
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/lore/\d+$"))
    book = urlsplit(page.url).path
    page.goto("/personas/new")
    page.fill("[name=name]", "Wren")
    page.fill("textarea[name=description]", "A walker of hills.")
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile(r"/personas\?made=\d+$"))
    persona = f"/personas/{page.url.rpartition('=')[2]}"
    page.goto("/bots/new")
    page.fill("[name=name]", "Mocha")
    page.fill("textarea[name=system_prompt]", "You are Mocha.")
    page.click("main form .row button[type=submit]")
    page.wait_for_url(re.compile(r"/bots/mocha[\w-]*$"))
    bot = urlsplit(page.url).path
    page.click("text=Start chatting")
    page.wait_for_url(re.compile(r"/chats/\d+"))
    chat = urlsplit(page.url).path
    shared = (f"{book}/sharing", f"{bot}/sharing", f"{chat}/sharing", f"{book}/open", "/chats?view=shared")
    return (book, f"{book}/edit", f"{book}/entries/new", persona, bot, f"{bot}/edit", *shared)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(visit: Visit, scheme: str) -> None:
    page = visit.window(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    sign_up(page, f"axe-{scheme}@cafe.test")
    assert faults_of(page, (*PAGES, *made(page))) == {}


def single_things(server: Served, token: str, slug: str) -> tuple[str, ...]:
    """The pages of single things, of their versions, and what is reached from them."""

    def make(collection: str, **data: object) -> int:
        status, answer = server.ask("POST", f"/api/{collection}?depth=0", data, token)
        assert status == 201, answer
        number: int = answer["doc"]["id"]
        return number

    words = {"system_prompt": "You are Wren.", "description": "A walker.", "greeting": '*waves* "Hello."'}
    bot = make("bot", name="Wren", slug=slug, creator_display_name="Ada", **words)
    book = make("knowledgeCollections", name="The valley", description="Its places")
    entry = make("knowledge", title="The mill", entry="It stands still.", type="text", knowledge_collection=book)
    persona = make("personas", name="Rook", description="A reader.")
    memory = make("memory", bot=bot, title="Honey", entry="She takes honey in her tea.")
    preset, prompt = make("samplerPresets", name="Slow"), make("savedPrompts", name="Recap", text="What was said?")
    key = make("api-key", nickname="Mine", provider="openai", key="sk-planted-secret-0001")
    chat = server.ask("POST", "/api/account/chats", {"bot": slug}, token)[1]["id"]
    return (
        *("/explore", "/explore?q=nothing-here", "/bots/favourites", f"/bots/{slug}/versions", f"/memories/{memory}"),
        *(f"/lore/{book}", f"/lore/{book}/entries/{entry}", f"/personas/{persona}/versions", f"/presets/{preset}"),
        *(f"/saved-prompts/{prompt}", f"/keys/{key}", f"/chats/{chat}/models", "/chats/search?q=mill", "/404"),
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_single_things_are_accessible(visit: Visit, server: Served, scheme: str) -> None:
    page = visit.window(
        color_scheme=scheme, reduced_motion="reduce", bypass_csp=True, viewport={"width": 390, "height": 844}
    )
    token = server.sign_up(f"axe-single-{scheme}@cafe.test")
    page.context.add_cookies([{"name": "payload-token", "value": token, "url": server.base}])
    assert faults_of(page, single_things(server, token, f"single-{scheme}")) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_for_visitors_are_accessible(visit: Visit, scheme: str) -> None:
    page = visit.window(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    paths = ("/", "/explore", "/login", "/register", "/forgot", "/reset?token=x", "/verify?token=x", "/offline", "/404")
    assert faults_of(page, paths) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_branches_and_what_was_removed_are_accessible(visit: Visit, scheme: str) -> None:
    page = visit.window(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    begin(page, f"axe-tree-{scheme}@cafe.test")
    say(page, "Good evening")
    chat = page.url.partition("#")[0]
    found = {path: faults(page) for path in ("/branches", "/removed") if page.goto(chat + path)}
    page.goto(chat)
    page.wait_for_selector("[data-chat][data-ready]")
    choose(turns(page).nth(1), "remove-after")
    expect(turns(page)).to_have_count(1)
    page.goto(f"{chat}/removed")
    found["removed"] = faults(page)
    page.get_by_role("button", name="Restore all 2").click()
    found["put back"] = faults(page)
    page.goto(chat)
    page.wait_for_selector("[data-chat][data-ready]")
    choose(turns(page).first, "branch")
    expect(page.locator(".branch-note")).to_be_visible()
    found["ways"] = faults(page)
    page.get_by_role("link", name="1 other branch").click()
    found["from"] = faults(page)
    page.goto("/chats?view=deleted")
    found["deleted"] = faults(page)
    assert {path: problems for path, problems in found.items() if problems} == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_a_chat_is_accessible(visit: Visit, width: int) -> None:
    page = visit.window(viewport={"width": width, "height": 800}, bypass_csp=True)
    begin(page, f"axe-chat-{width}@cafe.test")
    say(page, "Good evening")
    assert faults(page) == []
    page.locator("#entry").press_sequentially("/")
    expect(page.get_by_role("listbox")).to_be_visible()
    assert faults(page) == []
    page.fill("#entry", "")
    page.locator(".composer-foot [data-pick-model]").click()
    expect(page.get_by_role("listbox", name="Models")).to_be_visible(timeout=SLOW)
    assert faults(page) == []
    page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_palette_is_accessible(visit: Visit, scheme: str) -> None:
    page = visit.window(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    sign_up(page, f"axe-palette-{scheme}@cafe.test")
    page.keyboard.press("Control+k")
    page.fill("[data-palette-field]", "no")
    expect(page.locator("[data-palette] [role=option]", has_text="Noor")).to_be_visible()
    assert faults(page) == []


def test_a_hint_opens_and_closes_by_the_keyboard(visit: Visit) -> None:
    page = visit.window(bypass_csp=True, viewport={"width": 390, "height": 740})
    sign_up(page, "axe-hint@cafe.test")
    page.goto("/presets/new")
    button = page.get_by_role("button", name="What is temperature?")
    button.focus()
    page.keyboard.press("Enter")
    sentence = page.locator("#hint-temperature")
    expect(sentence).to_be_in_viewport(ratio=1)
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(sentence).to_be_hidden()
    expect(button).to_be_focused()
