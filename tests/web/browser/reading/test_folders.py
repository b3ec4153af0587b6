"""A chat is put into a folder from its menu in the list, and found there."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.steps import begin, sideways

pytestmark = pytest.mark.browser


def test_a_chat_is_moved_to_a_folder_from_its_menu(page: Page) -> None:
    """The folder is renamed and deleted; the chat stays."""
    begin(page, "folders@cafe.test")
    page.goto("/chats")
    row = page.locator("[data-chat-item]")
    row.locator("[data-chat-item-menu] > summary").click()
    row.get_by_text("Move to folder").click()
    row.locator("[name=folder]").fill("Long stories")
    page.keyboard.press("Enter")
    chip = page.locator(".chip-folder")
    expect(chip).to_have_text("Long stories")
    chip.click()
    expect(chip).to_have_class("chip chip-folder chip-on")
    expect(row).to_have_count(1)
    page.get_by_text("Edit this folder").click()
    page.locator("#folder-name").fill("Short stories")
    page.get_by_role("button", name="Rename").click()
    expect(chip).to_have_text("Short stories")
    page.set_viewport_size({"width": 390, "height": 700})
    assert sideways(page) == 0
    row.locator("[data-chat-item-menu] > summary").click()
    box = row.locator("[data-chat-item-sheet]").bounding_box()
    assert box is not None
    assert (box["x"], round(box["y"] + box["height"])) == (0, 700)
    page.keyboard.press("Escape")
    page.get_by_text("Edit this folder").click()
    page.get_by_role("button", name="Delete folder").click()
    expect(chip).to_have_count(0)
    expect(row).to_have_count(1)
