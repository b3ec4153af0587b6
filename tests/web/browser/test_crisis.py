"""Help in a crisis as a browser shows it: the card above the reply, and the page without an account and without a line."""

import pytest
from playwright.sync_api import expect

from tests.web.browser.steps import Visit, begin, say

pytestmark = pytest.mark.browser


def test_the_card_stands_above_the_reply(visit: Visit) -> None:
    page = visit.window()
    begin(page, "crisis-card@cafe.test")
    say(page, "I don't want to be alive anymore.")
    card = page.locator("aside.care-card[role=status]")
    expect(card).to_contain_text("you can talk to a person right now")
    assert card.locator("a[href^='tel:']").count() > 0
    assert card.evaluate("card => card.nextElementSibling?.matches('.turn')")
    assert visit.complaints == []


def test_help_opens_signed_out_and_offline(visit: Visit) -> None:
    page = visit.window(service_workers="allow", locale="de-AT")
    page.goto("/login")
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.locator("footer").get_by_role("link", name="Help in a crisis").click()
    page.wait_for_url("**/crisis")
    expect(page.locator("main h2").first).to_have_text("Austria")
    expect(page.locator("a[href='tel:142']")).to_be_visible()
    page.select_option("#region", "FR")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main h2")).to_have_text(["France"])
    page.context.set_offline(True)
    page.goto("/crisis")
    expect(page.locator("a[href='tel:142']")).to_be_visible()
