"""The drawer's tabs, and menus that stay on the screen."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.browser.steps import Visit, begin, choose, last, say, start_chatting

pytestmark = pytest.mark.browser
SIZES = [(1280, 800), (390, 700)]


def shown_panels(page: Page) -> list[str]:
    """The panels that can be seen."""
    panels = page.locator("[data-panel]")
    return [each.get_attribute("data-panel") or "" for each in panels.all() if each.is_visible()]


def test_the_inspector_is_the_first_tab_and_the_chosen_one_is_remembered(page: Page) -> None:
    """By pointer and by key; what leads to a section opens its tab."""
    begin(page, "tabs@cafe.test")
    assert shown_panels(page) == ["inspector"]
    page.get_by_role("tab", name="Inspector").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="In this chat")).to_be_focused()
    assert shown_panels(page) == ["cast"]
    page.keyboard.press("End")
    assert shown_panels(page) == ["memory"]
    page.get_by_role("tab", name="Settings").click()
    expect(page.get_by_role("tabpanel", name="Settings")).to_be_visible()
    page.reload()
    page.wait_for_selector("[data-chat][data-ready]")
    assert shown_panels(page) == ["settings"]
    say(page, "What were you told?")
    choose(last(page), "inspect")
    assert shown_panels(page) == ["inspector"]
    expect(page.locator("[data-inspector]")).to_contain_text("Who the bot is")
    chat = page.url.partition("#")[0]
    page.goto(f"{chat}?lore=1#drawer")
    page.wait_for_selector("[data-chat][data-ready]")
    assert shown_panels(page) == ["memory"]
    expect(page.locator("[data-section=lore]")).to_have_attribute("open", "")


def test_a_bot_is_found_and_added_without_leaving_the_tab(page: Page) -> None:
    """The drawer is painted anew; the tab stays."""
    begin(page, "tabadd@cafe.test")
    page.get_by_role("tab", name="In this chat").click()
    page.fill("#find-bots", "Halvorsen")
    page.keyboard.press("Enter")
    expect(page.locator("[data-found-bots] button").first).to_be_visible()
    assert shown_panels(page) == ["cast"]
    expect(page.get_by_role("tab", name="In this chat")).to_have_attribute("aria-selected", "true")


def test_without_script_all_sections_stand_below_one_another(visit: Visit, page: Page) -> None:
    """No tab is shown that would not work."""
    begin(page, "tabplain@cafe.test")
    plain = visit.window(like=page, java_script_enabled=False)
    plain.goto(page.url)
    assert shown_panels(plain) == ["inspector", "cast", "settings", "memory"]
    expect(plain.locator("[data-tabs]")).to_be_hidden()


def stays_on_screen(menu: Locator, width: int, height: int) -> None:
    """Open a menu and all that unfolds in it: nothing leaves the screen, and the last item can be reached."""
    menu.locator(":scope > summary").click()
    sheet = menu.locator(":scope > .menu-sheet")
    for part in [None, *sheet.locator("details.menu-more > summary").all()]:
        if part is not None:
            part.click()
        box = sheet.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    item = sheet.locator("button:visible, a:visible").last
    item.scroll_into_view_if_needed()
    expect(item).to_be_in_viewport(ratio=1)
    menu.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_menus_stay_on_the_screen(visit: Visit, width: int, height: int) -> None:
    """That of the chat, that beside the message field, and that of the persona."""
    page = visit.window(viewport={"width": width, "height": height})
    begin(page, f"menus{width}@cafe.test")
    for name in ("[data-chat-menu]", ".composer-more", "[data-persona-menu]"):
        stays_on_screen(page.locator(name), width, height)


def test_the_last_menu_of_a_long_chat_list_stays_on_the_screen(page: Page) -> None:
    """It opens upwards, and the forms in it."""
    begin(page, "listmenus@cafe.test")
    bot = page.locator(".participant a").get_attribute("href")
    for _ in range(8):
        page.goto(bot or "")
        start_chatting(page)
    item = page.locator("[data-chat-list] .chat-item").last
    item.hover()
    stays_on_screen(item.locator("[data-menu]"), 1280, 800)


def test_what_is_kept_of_a_chat_is_set_in_the_drawer(page: Page) -> None:
    """Without files the button goes at once; the days say from when on they count."""
    begin(page, "tabkept@cafe.test")
    page.locator("summary[aria-label=More]").click()
    expect(page.locator("[data-attach]")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Settings").click()
    page.locator("[data-section=kept] > summary").click()
    with page.expect_response("**/settings"):
        page.get_by_label("Pictures and files").uncheck()
    expect(page.locator("[data-attach]")).to_be_hidden()
    expect(page.locator("[data-attach]")).to_have_attribute("data-off", "")
    days = page.get_by_label("Erase messages after so many days")
    days.fill("60")
    days.press("Tab")
    expect(page.locator("[data-section=kept]")).to_contain_text("older messages are erased for good")
    page.reload()
    page.wait_for_selector("[data-chat][data-ready]")
    expect(page.get_by_label("Pictures and files")).not_to_be_checked()
    expect(days).to_have_value("60")
