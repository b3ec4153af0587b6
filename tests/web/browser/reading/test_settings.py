"""The reading settings in a chat: seen at once, kept on the device, there in the first frame."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.steps import Visit, begin, last, say, sideways

pytestmark = pytest.mark.browser
SIZE = "parseFloat(getComputedStyle(document.querySelector('[data-turns]')).fontSize)"
FACE = "document.querySelector('.turn > .avatar').offsetWidth"
FROM_END = "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector('[data-scroll]'))"


def open_settings(page: Page) -> None:
    """From the menu of the chat."""
    page.locator("[data-chat-menu] > summary").click()
    page.locator("[data-reading-open]").click()
    expect(page.locator("[data-reading-dialog]")).to_be_visible()


def choose(page: Page, setting: str, value: str) -> None:
    """One of the choices of a setting."""
    page.get_by_role("group", name=setting).get_by_text(value, exact=True).click()


def test_a_choice_shows_at_once_and_is_there_after_a_reload(page: Page) -> None:
    """And the newest words stay in view."""
    begin(page, "reading@cafe.test")
    for words in ("One", "Two", "Three"):
        say(page, words)
    usual, face = page.evaluate(SIZE), page.evaluate(FACE)
    assert page.evaluate(FROM_END) < 2
    open_settings(page)
    choose(page, "Text size", "Very large")
    choose(page, "Avatars", "Large")
    choose(page, "Colour of speech and actions", "Off")
    assert page.evaluate(SIZE) == pytest.approx(usual * 1.5)
    assert page.evaluate(FACE) > face
    assert page.evaluate(FROM_END) < 2
    expect(page.locator("[data-reading-save]")).to_be_hidden()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-text-size", "very-large")
    assert page.evaluate(SIZE) == pytest.approx(usual * 1.5)
    open_settings(page)
    expect(page.locator("[data-reading-dialog] input[name=text-size]:checked")).to_have_value("very-large")
    choose(page, "Text size", "Medium")
    assert page.evaluate(SIZE) == pytest.approx(usual)
    page.keyboard.press("Escape")
    speech = last(page).locator(".speech, [data-text]")
    assert len({each.evaluate("(node) => getComputedStyle(node).color") for each in speech.all()}) == 1


def test_by_keys_and_on_a_phone(visit: Visit) -> None:
    """Arrows go through the choices; nothing is too wide at any setting."""
    page = visit.window(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    begin(page, "readingphone@cafe.test")
    open_settings(page)
    box = page.locator("[data-reading-dialog]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] + box["height"] <= 700
    page.locator("[data-reading-dialog] input[name=chat-width]:checked").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("html")).to_have_attribute("data-chat-width", "wide")
    page.keyboard.press("ArrowRight")
    expect(page.locator("html")).to_have_attribute("data-chat-width", "full")
    choose(page, "Text size", "Very large")
    choose(page, "Avatars", "None")
    page.keyboard.press("Escape")
    expect(page.locator(".turn > .avatar").first).to_be_hidden()
    assert sideways(page) == 0
