"""A new version of the terms: the page says so, what is written waits, and one goes on after agreeing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from botcafe.kit.richtext import from_markdown
from tests.live import Served, served
from tests.web.browser.steps import Visit


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A café of its own: its terms bind everybody in it."""
    with served(tmp_path_factory.mktemp("strict") / "data", BOTCAFE_SEED="starter") as running:
        yield running


def test_terms_are_agreed_to_at_sign_up_and_again_when_they_change(visit: Visit, strict: Served) -> None:
    admin = strict.sign_up("law-admin@cafe.test")

    def publish(version: str, words: str) -> int:
        body = {"title": "House rules", "document_type": "terms", "version": version, "content": from_markdown(words)}
        day = {"effective_date": "2026-01-01T00:00:00.000Z", "is_active": True}
        status, answer = strict.ask("POST", "/api/legalDocuments", {**body, **day}, admin)
        assert status == 201, answer
        number: int = answer["doc"]["id"]
        return number

    publish("1", "Be kind to the guests.")
    page = visit.window(base_url=strict.base)
    page.goto("/register")
    page.fill("[name=name]", "Alice")
    page.fill("[name=email]", "law-alice@cafe.test")
    page.fill("[name=password]", "correct-horse")
    expect(page.get_by_role("link", name="House rules")).to_have_attribute("href", "/legal/terms")
    page.get_by_label("I have read and agree to").check()
    page.click("main form button[type=submit]")
    page.wait_for_url("**/")
    page.goto("/account")
    expect(page.get_by_text("The terms of this café have changed")).to_have_count(0)

    publish("2", "Be gentle to the guests.")
    page.fill("main [name=name]", "Alicia")
    page.locator("main form", has=page.locator("[name=name]")).get_by_role("button").first.click()
    page.wait_for_url("**/legal/agree")
    expect(page.locator("del")).to_have_text("kind")
    expect(page.locator("ins")).to_have_text("gentle")
    page.get_by_label("I have read these texts").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.wait_for_url("**/")
    page.goto("/legal")
    expect(page.get_by_text("What you agreed to")).to_be_visible()
    assert visit.complaints == []
