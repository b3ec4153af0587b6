"""Several bots, several windows."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.steps import Visit, ask_in, begin, last, let_bots_talk, say, turns, wait_until_written

pytestmark = pytest.mark.browser


def test_three_bots_speak_in_turn_and_one_is_asked_by_name(page: Page, visit: Visit) -> None:
    """A second device sees all of it."""
    begin(page, "group@cafe.test", 2)
    for name in ("Noor", "Bastian"):
        ask_in(page, name)
    expect(page.locator(".participant-name")).to_have_count(3)
    with page.expect_response(lambda r: r.url.endswith("/settings")):
        page.select_option("#speaking_order", "list")
    other = visit.window(like=page, viewport={"width": 390, "height": 844})
    other.goto(page.url)
    other.wait_for_selector("[data-chat][data-ready]")
    page.fill("#entry", "Good evening, all of you")
    page.keyboard.press("Enter")
    expect(other.locator("[data-role=bot]").last).to_contain_text("(Rehearsal)", timeout=20_000)
    wait_until_written(page, 5)
    wait_until_written(other, 5)
    assert other.locator("[data-turns]").inner_text() == page.locator("[data-turns]").inner_text()
    page.get_by_role("button", name="Let Noor Halvorsen speak").click()
    wait_until_written(page, 6)
    expect(last(page).locator("[data-name]")).to_have_text("Noor Halvorsen")


def test_bots_talk_among_themselves_until_they_are_stopped(page: Page) -> None:
    """With a very visible way to stop them."""
    let_bots_talk(page, "auto@cafe.test")
    page.locator("[data-auto-on] button").click()
    expect(page.locator("[data-auto-on]")).to_be_hidden()


def test_a_page_that_is_behind_keeps_the_words_and_shows_where_the_chat_stands(page: Page, visit: Visit) -> None:
    """Two windows, one of them asleep."""
    begin(page, "behind@cafe.test")
    late = visit.window(like=page)
    late.route("**/api/account/events", lambda route: route.abort())
    late.goto(page.url)
    late.wait_for_selector("[data-chat][data-ready]")
    say(page, "From here")
    late.fill("#entry", "From there")
    late.keyboard.press("Enter")
    late.get_by_role("button", name="Show where it stands").click()
    expect(turns(late)).to_have_count(3)
    expect(late.locator("#entry")).to_have_value("From there")
    late.locator("#entry").press("Enter")
    wait_until_written(late, 5)
