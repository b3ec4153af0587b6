"""Ctrl+K in a browser: from anywhere to anywhere by the keyboard alone."""

import re

from playwright.sync_api import Page, expect

from tests.web.browser.steps import SLOW, Visit, begin, sideways, sign_up

FIELD, OPTION = "[data-palette-field]", "[data-palette] [role=option]"


def open_palette(page: Page) -> None:
    """Open it by its keys."""
    page.keyboard.press("Control+k")
    expect(page.locator(FIELD)).to_be_focused()


def test_pages_and_bots_are_reached_by_the_keyboard(page: Page) -> None:
    sign_up(page, "palette@cafe.test")
    open_palette(page)
    page.keyboard.type("keys")
    page.keyboard.press("Enter")
    page.wait_for_url("**/keys")
    open_palette(page)
    page.keyboard.type("noor")
    chosen = page.locator(f"{OPTION}[aria-selected=true]")
    expect(chosen).to_contain_text("Noor")
    assert page.locator(FIELD).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("Search everywhere for “noor”")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/bots/noor"))


def test_it_opens_over_the_writing_line_and_leaves_it_as_it_was(page: Page) -> None:
    begin(page, "palette-chat@cafe.test")
    entry = page.locator("#entry")
    entry.fill("Half a thought")
    composing = "new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, isComposing: true, bubbles: true})"
    entry.evaluate(f"(field) => field.dispatchEvent({composing})")
    expect(page.locator("[data-palette]")).to_have_count(0)
    open_palette(page)
    page.keyboard.type("r?")
    expect(page.locator("[data-help]")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("[data-palette]")).to_be_hidden()
    expect(entry).to_be_focused()
    expect(entry).to_have_value("Half a thought")


def test_the_glass_opens_it_and_leads_to_the_search_without_script(page: Page, visit: Visit) -> None:
    sign_up(page, "palette-glass@cafe.test")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        page.locator("[data-palette-open]").click()
        page.fill(FIELD, ("Wolfeschlegelsteinhausenbergerdorff" * 3)[:100])
        expect(page.locator(OPTION)).to_have_count(1, timeout=SLOW)
        assert sideways(page) <= 0
        page.locator("[data-palette-close]").click()
    plain = visit.window(page, java_script_enabled=False)
    plain.goto("/keys")
    plain.locator("[data-palette-open]").click()
    plain.wait_for_url("**/search")


def test_a_session_that_ended_elsewhere_is_named(page: Page) -> None:
    sign_up(page, "palette-ended@cafe.test")
    open_palette(page)
    page.context.clear_cookies()
    page.keyboard.type("tea")
    expect(page.locator("[data-palette] [role=alert]")).to_have_text("You were signed out. Sign in again.")


def test_a_very_long_text_is_answered(page: Page) -> None:
    sign_up(page, "palette-long@cafe.test")
    open_palette(page)
    page.fill(FIELD, "x" * 50_000)
    expect(page.locator("[data-palette-notice]").first).to_contain_text("only the first 400 characters")
