"""What people do on the pages, in words."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.formats.fixtures import png, text, v2

SLOW = 20_000
EXPECTED = "Failed to load resource"
"""What the browser itself says of each refused request: the tests of refusals look at the page instead."""


class Visit:
    """Windows on a café; ``complaints`` is what their consoles said."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    def window(self, like: Page | None = None, **settings: Any) -> Page:
        """A new device, or (``like``) one that the same person is signed in on; without a service worker but where named."""
        if like is not None:
            settings["storage_state"] = like.context.storage_state()
        context = self.browser.new_context(
            **{
                "viewport": {"width": 1280, "height": 800},
                "base_url": self.base,
                "service_workers": "block",
                **settings,
            }
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and EXPECTED not in message.text:
            self.complaints.append(message.text)

    def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            context.close()


def sign_up(page: Page, email: str) -> None:
    """Through the page."""
    page.goto("/register")
    page.fill("[name=name]", "Alice")
    page.fill("[name=email]", email)
    page.fill("[name=password]", "correct-horse")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/")


def bring_card(page: Page, tmp_path: Path) -> None:
    """Bring a card of our own making and open its bot."""
    card = tmp_path / "card.png"
    card.write_bytes(png(text(b"chara", v2())))
    page.goto("/import")
    page.set_input_files("input[name=file]", str(card))
    page.get_by_role("button", name="Import").click()
    page.locator("a.title[href^='/bots/']").first.click()
    page.wait_for_url("**/bots/*")


def open_bot(page: Page, number: int = 0) -> None:
    """Go to one of the starter bots."""
    page.goto("/")
    page.locator("ul.bots a[href^='/bots/']").nth(number).click()


def start_chatting(page: Page) -> None:
    """Open the chat and wait until its script listens."""
    page.get_by_role("button", name="Start chatting").click()
    page.wait_for_selector("[data-chat][data-ready]")


def begin(page: Page, email: str, number: int = 0) -> None:
    """A newcomer in a fresh chat with a starter bot."""
    sign_up(page, email)
    open_bot(page, number)
    start_chatting(page)


def turns(page: Page) -> Locator:
    """All turns that are shown."""
    return page.locator("[data-turns] > .turn")


def last(page: Page) -> Locator:
    """The newest turn."""
    return page.locator("[data-turns] > li").last


def last_reply(page: Page) -> str:
    """The text of the newest reply."""
    return page.locator("[data-role=bot] [data-text]").last.inner_text()


def wait_until_written(page: Page, count: int) -> None:
    """Until that many turns stand there, and the last is complete."""
    expect(turns(page)).to_have_count(count, timeout=SLOW)
    expect(last(page)).to_have_attribute("data-state", "complete", timeout=SLOW)
    expect(last(page).locator("time")).to_be_visible()  # painted by the server once more


def say(page: Page, words: str) -> None:
    """Type and send, and wait for the answer of one bot."""
    count = turns(page).count()
    page.fill("#entry", words)
    page.keyboard.press("Enter")
    wait_until_written(page, count + 2)


def choose(turn: Locator, act: str) -> None:
    """Open the menu of a turn and take something from it."""
    turn.locator("[data-turn-menu] > summary").click()
    turn.locator(f"[data-turn-menu-sheet] [data-action='{act}']").click()


def open_tab(page: Page, name: str) -> None:
    """Choose a tab of the drawer, where it stands beside the chat; this window remembers it."""
    page.get_by_role("tab", name=name).click()


def versions(turn: Locator) -> Locator:
    """The words between the arrows."""
    return turn.locator(".swipes span")


def sideways(page: Page) -> int:
    """How many pixels the page is too wide."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def ask_in(page: Page, name: str) -> None:
    """Bring another bot into the chat."""
    open_tab(page, "In this chat")
    page.fill("#find-bots", name)
    page.keyboard.press("Enter")
    with page.expect_navigation():
        page.locator("[data-found-bots] button").first.click()
    page.wait_for_selector("[data-chat][data-ready]")


def let_bots_talk(page: Page, email: str) -> None:
    """A chat of two bots in which auto-reply is on and has begun."""
    begin(page, email, 2)
    ask_in(page, "Noor")
    with page.expect_response(lambda r: r.url.endswith("/settings")):
        page.select_option("#speaking_order", "list")
    page.fill("#entry", "Go on, you two")
    page.keyboard.press("Enter")
    wait_until_written(page, 4)
    page.fill("#auto_turns", "20")
    page.fill("#auto_delay", "0")
    page.get_by_role("button", name="Auto-reply").click()
    expect(page.locator("[data-auto-on]")).to_be_visible()
    expect(turns(page).nth(5)).to_contain_text("(Rehearsal)", timeout=20_000)
