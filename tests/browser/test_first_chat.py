"""A newcomer's first evening, in a real browser: sign up, bring a card, talk, reload in mid-reply."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from botcafe.formats.tests.fixtures import png, text, v2
from botcafe.llm.fake import FakeProvider
from tests.live import Served, served

CHROMIUM = shutil.which("chromium")
IN_CI = bool(os.environ.get("BOTCAFE_CI") or os.environ.get("CI"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not IN_CI, reason="no chromium here: apt-get install chromium"),
]
SIZES = ((1280, 800), (390, 844), (360, 740))


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    """A provider that speaks the real wire."""
    with FakeProvider.in_thread() as fake:
        yield fake


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: FakeProvider) -> Iterator[Served]:
    """A café with its starter bots, whose rehearsal voice takes its time."""
    data = tmp_path_factory.mktemp("browser") / "data"
    settings = {"BOTCAFE_SEED": "starter", "BOTCAFE_REHEARSAL_PACE": "14"}
    with served(data, BOTCAFE_PRIVATE_ENDPOINTS=",".join(provider.allowed), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as play:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        opened = play.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    """A window of its own, which remembers what its console complained about."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=server.base)
    context.set_default_timeout(15_000)
    yield context.new_page()
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
    page.click("main form button[type=submit]")
    page.locator("a.title[href^='/bots/']").first.click()
    page.wait_for_url("**/bots/*")


def start_chatting(page: Page) -> None:
    """Open the chat and wait until its script listens."""
    page.get_by_role("button", name="Start chatting").click()
    page.wait_for_selector("[data-chat][data-ready]")


def last_reply(page: Page) -> str:
    """The text of the newest reply."""
    return page.locator("[data-role=bot] [data-text]").last.inner_text()


def wait_until_written(page: Page) -> None:
    """Until the reply after the greeting is there and complete."""
    expect(page.locator("[data-turns] [data-role=bot]")).to_have_count(2, timeout=20_000)
    expect(page.locator("[data-role=bot]").last).to_have_attribute("data-state", "complete", timeout=30_000)


def test_a_newcomer_talks_with_a_card_and_a_reload_in_mid_reply_loses_nothing(page: Page, tmp_path: Path) -> None:
    """The whole of the first chat."""
    sign_up(page, "alice@cafe.test")
    bring_card(page, tmp_path)
    start_chatting(page)
    page.fill("#entry", "Good evening. Is there a table by the window?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=bot] [data-text]").last).to_contain_text("(Rehearsal)", timeout=20_000)
    page.reload()
    wait_until_written(page)
    whole = last_reply(page)
    page.reload()
    assert last_reply(page) == whole
    assert "table by the window" in page.locator("[data-turns]").inner_text()


def test_a_custom_endpoint_is_added_on_the_keys_page_and_answers(
    page: Page, tmp_path: Path, provider: FakeProvider
) -> None:
    """The key is shown masked from then on."""
    sign_up(page, "bob@cafe.test")
    page.goto("/keys")
    page.fill("[name=nickname]", "My server")
    page.select_option("[name=provider]", "custom")
    page.fill("[name=api_endpoint]", provider.base_url)
    page.fill("[name=model]", "ok")
    page.fill("[name=key]", "sk-planted-secret-0001")
    page.locator("form[action='/keys'] button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("****0001")
    assert "sk-planted" not in page.content()
    bring_card(page, tmp_path)
    start_chatting(page)
    with page.expect_response(lambda r: r.url.endswith("/model")):
        page.select_option("#model", label="ok · My server")
    page.fill("#entry", "Hello")
    page.keyboard.press("Enter")
    wait_until_written(page)
    assert "Rehearsal" not in last_reply(page)
    assert provider.requests[-1].headers["authorization"] == "Bearer sk-planted-secret-0001"


def test_stop_keeps_what_was_written(page: Page) -> None:
    """With the Escape key."""
    sign_up(page, "kim@cafe.test")
    page.goto("/")
    page.locator("ul.bots a[href^='/bots/']").first.click()
    start_chatting(page)
    page.fill("#entry", "Tell me everything")
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=bot] [data-text]").last).to_contain_text("(Rehearsal)", timeout=20_000)
    page.keyboard.press("Escape")
    expect(page.locator("[data-role=bot]").last).to_have_attribute("data-state", "stopped", timeout=15_000)
    text = last_reply(page)
    page.reload()
    assert last_reply(page).startswith(text[:20])


def test_a_chat_works_without_any_script(browser: Browser, server: Served) -> None:
    """Forms alone: send, and find the reply after loading the page again."""
    context = browser.new_context(java_script_enabled=False, base_url=server.base)
    page = context.new_page()
    sign_up(page, "noscript@cafe.test")
    page.locator("ul.bots a[href^='/bots/']").first.click()
    page.get_by_role("button", name="Start chatting").click()
    page.fill("#entry", "Plain and simple")
    page.click("button[data-send]")
    for _ in range(30):
        page.wait_for_timeout(700)
        page.reload()
        if "Plain and simple" in last_reply(page):
            break
    assert "Plain and simple" in last_reply(page)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_or_complains(page: Page, scheme: str) -> None:
    """At 1280, 390 and 360 pixels; a strict policy with no violation, no error in the console."""
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    sign_up(page, f"walk-{scheme}@cafe.test")
    page.locator("ul.bots a[href^='/bots/']").first.click()
    bot = page.url
    start_chatting(page)
    chat = page.url
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for path in ("/", bot, chat, "/chats", "/bots/mine", "/bots/new", "/import", "/keys", "/account"):
            page.goto(path)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} at {width} px is {wide} px too wide"
    assert complaints == []


def test_staff_see_the_collections_and_nobody_else_does(page: Page, server: Served) -> None:
    """A visitor is sent away."""
    sign_up(page, "visitor@cafe.test")
    response = page.goto("/staff/")
    assert response is not None
    assert "Collections" not in page.content()
