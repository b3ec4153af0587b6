"""A newcomer's first evening, in a real browser: sign up, bring a card, talk, reload in mid-reply."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from botcafe.llm.fake.server import FakeProvider
from tests.web.browser.steps import (
    Visit,
    begin,
    bring_card,
    last,
    last_reply,
    open_bot,
    sideways,
    sign_up,
    start_chatting,
    wait_until_written,
)

pytestmark = pytest.mark.browser
SIZES = ((1280, 800), (390, 844), (360, 740))


def test_a_newcomer_talks_with_a_card_and_a_reload_in_mid_reply_loses_nothing(page: Page, tmp_path: Path) -> None:
    """The whole of the first chat."""
    sign_up(page, "alice@cafe.test")
    bring_card(page, tmp_path)
    start_chatting(page)
    page.fill("#entry", "Good evening. Is there a table by the window?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=bot] [data-text]").last).to_contain_text("(Rehearsal)", timeout=20_000)
    page.reload()
    wait_until_written(page, 3)
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
    page.fill("[name=model]", "reasoning")
    page.fill("[name=key]", "sk-planted-secret-0001")
    page.locator("form[action='/keys'] button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("****0001")
    assert "sk-planted" not in page.content()
    bring_card(page, tmp_path)
    start_chatting(page)
    page.locator(".composer-foot [data-pick-model]").click()
    with page.expect_response(lambda r: r.url.endswith("/settings")):
        page.get_by_role("group", name="My server").get_by_role("option", name="reasoning").click()
    page.fill("#entry", "Hello")
    page.keyboard.press("Enter")
    wait_until_written(page, 3)
    assert "Rehearsal" not in last_reply(page)
    thoughts = last(page).locator("[data-thinking]")
    expect(thoughts.locator("summary")).to_be_visible()
    expect(thoughts.locator("[data-reasoning]")).to_be_hidden()
    thoughts.locator("summary").click()
    expect(thoughts.locator("[data-reasoning]")).not_to_be_empty()
    assert provider.requests[-1].headers["authorization"] == "Bearer sk-planted-secret-0001"


def test_stop_keeps_what_was_written(page: Page) -> None:
    """With the Escape key."""
    begin(page, "kim@cafe.test")
    page.fill("#entry", "Tell me everything")
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=bot] [data-text]").last).to_contain_text("(Rehearsal)", timeout=20_000)
    page.keyboard.press("Escape")
    expect(last(page)).to_have_attribute("data-state", "stopped", timeout=15_000)
    text = last_reply(page)
    page.reload()
    assert last_reply(page).startswith(text[:20])


def test_a_chat_works_without_any_script(visit: Visit) -> None:
    """Forms alone: send, find the reply after loading the page again, ask for another, edit, take out, take back."""
    page = visit.window(java_script_enabled=False)
    sign_up(page, "noscript@cafe.test")
    open_bot(page)
    page.get_by_role("button", name="Start chatting").click()
    chat = page.url
    page.fill("#entry", "Plain and simple")
    page.click("button[data-send]")
    reload_until(page, chat, "Plain and simple")
    last(page).locator("[data-action=regenerate]").first.click()
    reload_until(page, chat, "Plain and simple")
    expect(last(page).locator(".swipes span")).to_have_text("2 of 2")
    last(page).locator("[data-turn-menu] > summary").click()
    last(page).locator("[data-turn-menu-sheet] a").click()
    page.locator(".turn-panel [data-action=edit]").click()
    page.fill("[data-edit] textarea", "These are other words.")
    page.get_by_role("button", name="Save", exact=True).first.click()
    assert last_reply(page) == "These are other words."
    last(page).locator("[data-turn-menu] > summary").click()
    last(page).locator("[data-turn-menu-sheet] a").click()
    page.locator(".turn-panel [data-action=remove]").click()
    assert last_reply(page) != "These are other words."
    page.locator("[data-undo] button").click()
    assert last_reply(page) == "These are other words."


def reload_until(page: Page, address: str, words: str) -> None:
    """Look again until the newest reply is whole and says this."""
    for _ in range(30):
        page.goto(address)
        if last(page).get_attribute("data-state") == "complete" and words in last_reply(page):
            return
        page.wait_for_timeout(300)
    raise AssertionError(last_reply(page))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_or_complains(page: Page, scheme: str) -> None:
    """At 1280, 390 and 360 pixels; a strict policy with no violation, no error in the console."""
    page.emulate_media(color_scheme=scheme)
    sign_up(page, f"walk-{scheme}@cafe.test")
    page.locator("ul.bots a[href^='/bots/']").first.click()
    bot = page.url
    start_chatting(page)
    chat = page.url
    paths = (
        "/",
        bot,
        chat,
        "/chats",
        "/chats/search?q=soup",
        "/bots/mine",
        "/bots/new",
        "/import",
        "/keys",
        "/account",
    )
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for path in paths:
            page.goto(path)
            assert sideways(page) <= 0, f"{path} at {width} px is {sideways(page)} px too wide"


def test_staff_see_the_collections_and_nobody_else_does(page: Page) -> None:
    """A visitor is sent away."""
    sign_up(page, "visitor@cafe.test")
    response = page.goto("/staff/")
    assert response is not None
    assert "Collections" not in page.content()
