"""The list of chats: found as one types, a new chat from a dialog; bots that talk among themselves in view."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.steps import SLOW, Visit, begin, last, let_bots_talk, say, sideways

pytestmark = pytest.mark.browser
FROM_END = "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector('[data-scroll]'))"


def test_a_chat_is_found_as_one_types_and_the_count_is_announced(page: Page) -> None:
    """The field keeps the focus."""
    begin(page, "filter@cafe.test")
    say(page, "A walk to the harbour")
    page.goto("/chats")
    page.locator("#chat-list-q").press_sequentially("harb")
    status = page.locator("[data-pane] > [role=status]")
    expect(status).to_have_text("1 chat.", timeout=SLOW)
    expect(page.locator("[data-chat-item]")).to_have_count(1)
    page.locator("#chat-list-q").press_sequentially("xyz")
    expect(status).to_have_text("0 chats.", timeout=SLOW)
    expect(page.locator("#chat-list-q")).to_be_focused()


def test_a_new_chat_is_started_from_the_list_without_leaving_it(visit: Visit) -> None:
    """On a phone, with the search."""
    page = visit.window(viewport={"width": 390, "height": 700})
    begin(page, "newchat@cafe.test")
    here = page.url
    page.goto("/chats")
    page.get_by_role("link", name="New chat").click()
    dialog = page.locator("[data-new-chat-dialog]")
    expect(dialog.locator("#new-chat-q")).to_be_focused()
    expect(dialog.get_by_role("heading", name="Recent")).to_be_visible()
    assert sideways(page) == 0
    page.keyboard.type("bastian")
    expect(dialog.locator("[data-new-chat-status]")).to_have_text("1 bot.", timeout=SLOW)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-chat][data-ready]")
    assert page.url != here
    expect(page.locator("[data-turns] [data-name]").first).to_have_text("Bastian Okoro")
    page.keyboard.press("Escape")
    page.goto("/chats")
    page.get_by_role("link", name="New chat").click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_auto_reply_keeps_the_end_in_view_and_the_drawer_tells_the_truth(page: Page) -> None:
    """After Escape, too."""
    let_bots_talk(page, "autoview@cafe.test")
    page.wait_for_function(f"() => {FROM_END} < 48")
    expect(last(page)).to_be_in_viewport()
    expect(page.locator("[data-jump-to-newest]")).to_be_hidden()
    page.locator("[data-scroll]").focus()
    page.keyboard.press("Escape")
    expect(page.locator("[data-auto-on]")).to_be_hidden(timeout=20_000)
    expect(page.locator("#drawer").get_by_role("button", name="Auto-reply", exact=True)).to_be_visible()
    expect(page.locator("#drawer").get_by_role("button", name="Stop auto-reply")).to_have_count(0)
