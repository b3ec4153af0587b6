"""Replies that failed, were cut or were stopped, and the buttons beside them."""

import pytest
from playwright.sync_api import Page, expect

from botcafe.llm.fake.server import FakeProvider
from tests.web.browser.steps import (
    begin,
    last,
    last_reply,
    open_bot,
    sign_up,
    start_chatting,
    turns,
    wait_until_written,
)

pytestmark = pytest.mark.browser
CHOOSE = """async ([path, model]) => {
    const body = new FormData();
    body.set("model", model);
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    return (await fetch(path, { method: "POST", body, headers })).status;
}"""


def add_key(page: Page, provider: FakeProvider, model: str) -> str:
    """A key of one's own at the fake provider; its number."""
    page.goto("/keys")
    page.fill("[name=nickname]", "My server")
    page.select_option("[name=provider]", "custom")
    page.fill("[name=api_endpoint]", provider.base_url)
    page.fill("[name=model]", model)
    page.fill("[name=key]", "sk-planted-secret-0001")
    page.locator("form[action='/keys'] button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("****0001")
    keys: str = page.evaluate("fetch('/api/api-key').then((answer) => answer.json()).then(({ docs }) => docs[0].id)")
    return keys


def choose_model(page: Page, value: str) -> None:
    """The model of the open chat, from the next reply on."""
    path = page.url.partition("#")[0].partition("?")[0] + "/settings"
    assert page.evaluate(CHOOSE, [path, value]) == 200


def test_a_failed_reply_says_why_and_is_tried_again(page: Page, provider: FakeProvider) -> None:
    """With another model, which the button leads to."""
    sign_up(page, "failed@cafe.test")
    key = add_key(page, provider, "ok")
    open_bot(page)
    start_chatting(page)
    choose_model(page, f"{key}:401")
    page.fill("#entry", "Are you open?")
    page.keyboard.press("Enter")
    expect(last(page)).to_have_attribute("data-state", "failed", timeout=20_000)
    expect(last(page).locator("[data-note]")).to_contain_text("The provider refused the key.")
    ways = last(page).get_by_role("group", name="What you can do now")
    expect(ways.get_by_role("button", name="Try again")).to_be_visible()
    expect(last(page).locator("[data-cost]")).to_be_empty()
    ways.get_by_role("link", name="Change model").click()
    expect(page.locator("[data-picker-dialog]")).to_be_visible()
    page.keyboard.press("Escape")
    choose_model(page, f"{key}:ok")
    ways.get_by_role("button", name="Try again").click()
    wait_until_written(page, 3)
    assert last_reply(page) == "Good evening, the café is open."
    expect(ways).to_have_count(0)


def test_a_reply_at_its_length_limit_is_continued(page: Page, provider: FakeProvider) -> None:
    """In place."""
    sign_up(page, "length@cafe.test")
    key = add_key(page, provider, "ok")
    open_bot(page)
    start_chatting(page)
    choose_model(page, f"{key}:length")
    page.fill("#entry", "Are you open?")
    page.keyboard.press("Enter")
    wait_until_written(page, 3)
    expect(last(page).locator("[data-note]")).to_have_text("The reply reached its length limit.")
    choose_model(page, f"{key}:ok")
    last(page).locator(".turn-ways-on").get_by_role("button", name="Continue").click()
    expect(last(page).locator(".turn-ways-on")).to_have_count(0)
    wait_until_written(page, 3)
    assert last_reply(page).count("Good evening") == 2


def test_a_stopped_reply_is_continued_without_a_script(page: Page) -> None:
    """The buttons are forms."""
    begin(page, "stoppedends@cafe.test")
    page.fill("#entry", "Tell me everything")
    page.keyboard.press("Enter")
    expect(page.locator("[data-role=bot] [data-text]").last).to_contain_text("(Rehearsal)", timeout=20_000)
    page.keyboard.press("Escape")
    expect(last(page)).to_have_attribute("data-state", "stopped", timeout=15_000)
    before = last_reply(page)
    continued = last(page).locator(".turn-ways-on").get_by_role("button", name="Continue")
    expect(continued).to_be_visible()
    page.route("**/*.js", lambda route: route.abort())
    page.reload()
    expect(continued).to_be_visible()
    continued.click()
    page.wait_for_url("**#latest")
    page.unroute("**/*.js")
    page.reload()
    wait_until_written(page, 3)
    assert len(last_reply(page)) > len(before)
    expect(turns(page)).to_have_count(3)
