"""What stands around the writing line: who one is, quick words, and commands."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.steps import Visit, begin, say, turns, wait_until_written

pytestmark = pytest.mark.browser
MAKE = """async ([slug, data]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const answer = await fetch(`/api/${slug}`, {method: "POST", body: JSON.stringify(data),
    headers: {"Content-Type": "application/json", "X-CSRFToken": token}});
  return answer.status;
}"""


def make(page: Page, slug: str, **data: object) -> None:
    """A document of the person who is signed in; the page is loaded anew with it."""
    assert page.evaluate(MAKE, [slug, data]) == 201
    page.reload()
    page.wait_for_selector("[data-chat][data-ready]")


def test_a_persona_is_put_on_at_the_writing_line(visit: Visit, page: Page) -> None:
    """From the next message on; the drawer says the same, and a reload."""
    begin(page, "wears@cafe.test")
    make(page, "personas", name="Wren", description="A walker of hills.")
    say(page, "As myself")
    chip = page.locator("[data-persona-menu] > summary")
    expect(chip).to_have_text("Your persona: Alice")
    chip.click()
    with page.expect_response(lambda r: r.url.endswith("/settings")):
        page.locator("[data-persona-menu]").get_by_role("button", name="Wren").click()
    expect(chip).to_have_text("Your persona: Wren")
    expect(chip).to_be_focused()
    expect(page.locator("#persona option:checked")).to_have_text("Wren")
    say(page, "As Wren")
    expect(page.locator("[data-turns] > [data-role=user]").last).to_contain_text("Wren")
    expect(page.locator("[data-turns] > [data-role=user]").first).to_contain_text("Alice")
    count = turns(page).count()
    page.reload()
    expect(chip).to_have_text("Your persona: Wren")
    plain = visit.window(like=page, java_script_enabled=False)
    plain.goto(page.url)
    plain.locator("[data-persona-menu] > summary").click()
    plain.get_by_role("button", name="Just Alice").click()
    expect(plain.locator("[data-persona-menu] > summary")).to_have_text("Your persona: Alice")
    assert turns(plain).count() >= count


def test_a_slash_opens_commands_and_saved_prompts(page: Page) -> None:
    """A prompt goes into the field; a command is run; what neither is called is said."""
    begin(page, "slash@cafe.test")
    make(page, "savedPrompts", name="Slower please", text="Slower now, {{char}}.\nDescribe the room.")
    entry, listed = page.locator("#entry"), page.get_by_role("listbox", name="Commands and saved prompts")
    expect(listed).to_be_hidden()
    entry.press_sequentially("/")
    expect(listed.get_by_role("option", selected=True)).to_contain_text("/continue")
    expect(listed.get_by_role("option", name="Slower please")).to_be_visible()
    entry.press_sequentially("slow")
    expect(listed.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(entry).to_have_value("Slower now, {{char}}.\nDescribe the room.")
    expect(listed).to_be_hidden()
    expect(turns(page)).to_have_count(1)
    entry.fill("")
    entry.press_sequentially("/help")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(entry).to_have_value("")
    page.keyboard.press("Escape")
    entry.press_sequentially("/mod")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Search models")).to_be_focused()
    page.keyboard.press("Escape")
    entry.press_sequentially("/note")
    page.keyboard.press("Enter")
    expect(page.locator("#note_text")).to_be_focused()
    entry.press_sequentially("/")
    page.keyboard.press("ArrowUp")
    expect(listed.get_by_role("option", selected=True)).to_have_text("Manage saved prompts")
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(entry).to_have_value("/")
    entry.fill("")
    entry.press_sequentially("/shrugs at you")
    expect(listed).to_be_hidden()
    page.keyboard.press("Enter")
    expect(turns(page)).to_have_count(3)
    expect(turns(page).nth(1)).to_contain_text("/shrugs at you")


def test_quick_replies_are_put_in_or_sent(visit: Visit, page: Page) -> None:
    """With a script both kinds; without one, those that send."""
    begin(page, "quick@cafe.test")
    make(page, "savedPrompts", name="Look", text="I look around.", is_button=True)
    make(page, "savedPrompts", name="Hello", text="Hello there, friend.", is_button=True, sends_at_once=True)
    quick = page.get_by_role("form", name="Quick replies")
    quick.get_by_role("button", name="Look").click()
    expect(page.locator("#entry")).to_have_value("I look around.")
    expect(turns(page)).to_have_count(1)
    page.fill("#entry", "")
    quick.get_by_role("button", name="Hello").click()
    wait_until_written(page, 3)
    expect(turns(page).nth(1)).to_contain_text("Hello there, friend.")
    plain = visit.window(like=page, java_script_enabled=False)
    plain.goto(page.url)
    expect(plain.get_by_role("button", name="Look")).to_be_hidden()
    plain.get_by_role("button", name="Hello").click()
    expect(turns(plain).nth(3)).to_contain_text("Hello there, friend.")
