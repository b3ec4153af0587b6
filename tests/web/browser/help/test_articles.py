"""Help articles as a browser shows them."""

import pytest
from playwright.sync_api import expect

from tests.web.browser.steps import Visit, sideways

pytestmark = pytest.mark.browser


def test_an_article_is_found_from_the_foot_of_a_page_signed_out(visit: Visit) -> None:
    page = visit.window(viewport={"width": 390, "height": 844})
    page.goto("/login")
    page.locator("footer").get_by_role("link", name="Help", exact=True).click()
    page.wait_for_url("**/help")
    page.get_by_label("Search in Help").fill("ollama")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="A model on your own server").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A model on your own server")
    assert sideways(page) <= 0
    assert visit.complaints == []
