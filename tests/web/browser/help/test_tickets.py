"""A support ticket between a person and staff, each in a browser of their own."""

import pytest
from playwright.sync_api import expect

from tests.web.browser.steps import Visit, sideways, sign_up

pytestmark = pytest.mark.browser


def test_a_request_is_asked_answered_and_closed(visit: Visit) -> None:
    page = visit.window(viewport={"width": 390, "height": 844})
    sign_up(page, "tickets@cafe.test")
    page.goto("/help/tickets")
    page.get_by_role("link", name="Ask for help").click()
    page.get_by_label("Subject").fill("No reply")
    page.get_by_label("What is it about?").select_option(label="Something does not work")
    page.get_by_label("What happened?").fill("It stays empty.")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/help/tickets/*")
    expect(page.get_by_text("Your request is with the people who run this café.")).to_be_visible()
    assert sideways(page) <= 0
    page.get_by_label("Your answer").fill("It works now.")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("ol > li")).to_have_count(2)
    page.get_by_role("button", name="Close this request").click()
    expect(page.get_by_text("An answer opens the request again.")).to_be_visible()
    assert visit.complaints == []
