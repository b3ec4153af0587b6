"""The mood journal, from its page and from within a chat."""

import pytest
from playwright.sync_api import expect

from tests.web.browser.steps import Visit, begin, sideways

pytestmark = pytest.mark.browser


def test_a_mood_is_noted_from_a_chat_and_found_in_the_journal(visit: Visit) -> None:
    page = visit.window(viewport={"width": 390, "height": 844})
    begin(page, "journal@cafe.test")
    chat = page.url.partition("#")[0].partition("?")[0]
    page.locator("[data-chat-menu] > summary").click()
    page.get_by_text("How are you feeling?").click()
    page.get_by_placeholder("A few words, if you like").fill("A calm evening")
    page.get_by_role("button", name="content", exact=True).click()
    page.wait_for_url(f"{chat}**")
    expect(page.get_by_text("It is in your journal.")).to_be_visible()
    page.goto("/wellbeing/journal")
    expect(page.locator(".mood-entry")).to_contain_text("A calm evening")
    expect(page.locator("[aria-current=date] [role=img]")).to_have_attribute("aria-label", "content")
    page.get_by_role("radio", name="excited").check()
    page.get_by_label("Note").fill("A letter came")
    page.get_by_role("button", name="Save entry").click()
    expect(page.locator(".mood-entry")).to_have_count(2)
    assert sideways(page) <= 0
    page.locator(".mood-entry").first.get_by_role("link").click()
    page.get_by_text("Delete this entry").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.locator(".mood-entry")).to_have_count(1)
