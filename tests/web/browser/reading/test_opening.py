"""Where a chat opens, and the menu of a message by keys and by thumb."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.live import Served
from tests.web.browser.steps import Visit, choose, last, say, sign_up, start_chatting, turns

pytestmark = pytest.mark.browser
LONG = "\n\n".join(f"Paragraph {number}. The rain goes on, and nobody leaves." for number in range(60))
TOP = "document.querySelector('[data-scroll]').scrollTop"
FROM_END = "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector('[data-scroll]'))"
MAKE = """async ([path, data]) => {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
    return (await fetch(path, { method: "POST", body: JSON.stringify(data), headers })).json();
}"""


def meet(page: Page, email: str) -> None:
    """A newcomer's own bot, whose greeting is longer than the window."""
    sign_up(page, email)
    slug = email.partition("@")[0]
    bot: dict[str, Any] = {"name": "Wren", "slug": slug, "system_prompt": "You are Wren.", "creator_display_name": "A"}
    page.evaluate(MAKE, ["/api/bot", {**bot, "greeting": LONG}])
    page.goto(f"/bots/{slug}")
    start_chatting(page)


def test_a_new_chat_opens_at_the_beginning_of_its_greeting_and_later_at_its_end(page: Page) -> None:
    """Without a script, too."""
    meet(page, "greeting@cafe.test")
    expect(turns(page).first.get_by_text("Paragraph 0.")).to_be_in_viewport()
    assert page.evaluate(TOP) == 0
    page.route("**/*.js", lambda route: route.abort())
    page.reload()
    expect(turns(page).first.get_by_text("Paragraph 0.")).to_be_in_viewport()
    page.unroute("**/*.js")
    page.reload()
    page.wait_for_selector("[data-chat][data-ready]")
    say(page, "Hello")
    assert page.evaluate(FROM_END) < 2
    page.reload()
    page.wait_for_selector("[data-chat][data-ready]")
    assert page.evaluate(FROM_END) < 2
    expect(last(page)).to_be_in_viewport()


def test_the_menu_of_a_message_has_the_focus_and_is_gone_through_by_keys(page: Page) -> None:
    """``m`` opens it; Escape gives the focus back."""
    meet(page, "menukeys@cafe.test")
    say(page, "Hello")
    last(page).focus()
    page.keyboard.press("m")
    sheet = last(page).locator("[data-turn-menu-sheet]")
    expect(sheet.get_by_role("link", name="Quote and reply")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(sheet.get_by_role("link", name="Edit")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(sheet.locator(".emojis button").last).to_be_focused()
    page.keyboard.press("Escape")
    expect(last(page).locator("[data-turn-menu] > summary")).to_be_focused()
    choose(last(page), "reply")
    expect(page.locator("[data-quote-bar]")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 700), (1280, 800), (1280, 420)])
def test_every_menu_fits_into_the_window(visit: Visit, server: Served, width: int, height: int) -> None:
    """Of the first message and of the last; what does not fit scrolls within."""
    page = visit.window(viewport={"width": width, "height": height})
    meet(page, f"menu{width}x{height}@cafe.test")
    say(page, "Hello")
    for turn in (turns(page).first, turns(page).nth(1), last(page)):
        turn.locator("[data-turn-menu] > summary").scroll_into_view_if_needed()
        turn.focus()
        page.keyboard.press("m")
        sheet = turn.locator("[data-turn-menu-sheet]")
        expect(sheet).to_be_visible()
        box = sheet.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        item = sheet.get_by_role("button", name="Remove this and all after")
        item.focus()
        expect(item).to_be_in_viewport()
        page.keyboard.press("Escape")
