"""Limits of one's own, set on their page and met in a chat."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.browser.steps import SLOW, Visit, begin, say, turns

pytestmark = pytest.mark.browser


def test_a_limit_is_set_met_and_kept(visit: Visit) -> None:
    page = visit.window()
    with page.expect_response(lambda answer: answer.url.endswith("/wellbeing/seen")) as seen:
        begin(page, "own-limits@cafe.test")
    assert seen.value.status == 204
    chat = page.url
    page.get_by_label("Your account").click()
    page.get_by_role("link", name="Wellbeing").click()
    page.get_by_label("Messages a week").fill("1")
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_text("0 of 1 message this week")).to_be_visible()
    page.goto(chat)
    say(page, "Hello")
    count = turns(page).count()
    page.fill("#entry", "And again")
    page.keyboard.press("Enter")
    error = page.locator("[data-composer-error-text]")
    expect(error).to_have_text(
        re.compile(r"^Your limit of 1 message for a week is used up\. You can go on from Monday, .+00:00\.$"),
        timeout=SLOW,
    )
    # The words are kept, and nothing was sent.
    expect(page.locator("#entry")).to_have_value("And again")
    expect(turns(page)).to_have_count(count)
    page.goto("/wellbeing")
    page.get_by_label("Messages a week").fill("50")
    page.get_by_role("button", name="Save limits").click()
    expect(page.locator("[data-awaited]")).to_contain_text("you have 50 messages a week.")
    page.get_by_role("button", name="Keep my limits as they are").click()
    expect(page.locator("[data-awaited]")).to_have_count(0)
    expect(page.get_by_label("Messages a week")).to_have_value("1")
