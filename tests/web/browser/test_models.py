"""The model picker of a chat: found by typing, taken by key or pointer, with many models and on a small screen."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from botcafe.llm.fake.server import FakeProvider
from tests.web.browser.steps import SLOW, Visit, begin, last_reply, open_bot, say, sideways, sign_up, start_chatting

pytestmark = pytest.mark.browser
MANY = ["reasoning", *(f"maker/model-{number:03}" for number in range(400))]
OFFER = """async ([models, endpoint]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const body = JSON.stringify({nickname: "My server", provider: "custom", key: "sk-planted-secret-0002",
    key_configuration: {model_preferences: models},
    provider_settings: {custom_settings: {api_endpoint: endpoint}}});
  const answer = await fetch("/api/api-key", {method: "POST", body,
    headers: {"Content-Type": "application/json", "X-CSRFToken": token}});
  return answer.status;
}"""


def options(page: Page) -> Locator:
    """The models in the list."""
    return page.locator("[data-picker-dialog]").get_by_role("option")


def with_models(page: Page, email: str, provider: FakeProvider) -> None:
    """A chat of somebody whose key offers hundreds of models."""
    sign_up(page, email)
    assert page.evaluate(OFFER, [MANY, provider.base_url]) == 201
    open_bot(page)
    start_chatting(page)


def test_a_model_among_hundreds_is_found_by_typing(page: Page, provider: FakeProvider) -> None:
    """The chip names it at once, in the drawer too, and it answers."""
    with_models(page, "picks@cafe.test", provider)
    assert "maker/model-" not in page.content()
    page.locator(".composer-foot [data-pick-model]").click()
    field = page.get_by_role("combobox", name="Search models")
    expect(field).to_be_focused(timeout=SLOW)
    expect(options(page)).to_have_count(len(MANY) + 2)
    expect(page.get_by_role("group", name="My server")).to_be_visible()
    field.press_sequentially("model-39")
    expect(options(page)).to_have_count(10)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    field.fill("reason")
    expect(options(page)).to_have_count(1)
    with page.expect_response(lambda r: r.url.endswith("/settings")):
        page.keyboard.press("Enter")
    for chip in page.locator("[data-model-name]").all():
        expect(chip).to_have_text("reasoning")
    expect(page.locator(".composer-foot [data-pick-model]")).to_be_focused()
    say(page, "Hello")
    assert "Rehearsal" not in last_reply(page)
    page.reload()
    page.wait_for_selector("[data-chat][data-ready]")
    page.locator(".composer-foot [data-pick-model]").click()
    expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_contain_text("reasoning")
    expect(page.locator("[data-picker-dialog]").get_by_role("option", selected=True).last).to_contain_text("in use")
    page.get_by_role("combobox").fill("no such model")
    expect(page.get_by_text("No model of your keys has")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("[data-picker-dialog]")).to_be_hidden()
    expect(page.locator(".composer-foot [data-model-name]")).to_have_text("reasoning")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 700)])
def test_the_picker_stays_on_the_screen(visit: Visit, provider: FakeProvider, width: int, height: int) -> None:
    """Its list scrolls within, to the last model."""
    page = visit.window(viewport={"width": width, "height": height})
    with_models(page, f"fits{width}@cafe.test", provider)
    page.locator(".composer-foot [data-pick-model]").click()
    expect(options(page).first).to_be_visible(timeout=SLOW)
    page.keyboard.press("ArrowUp")  # from the first to the last
    expect(page.get_by_role("option", name="maker/model-399")).to_be_in_viewport()
    box = page.locator("[data-picker-dialog]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    assert sideways(page) == 0


def test_the_picker_is_a_page_without_script(visit: Visit, page: Page) -> None:
    """Buttons of a form."""
    begin(page, "plainpick@cafe.test")
    plain = visit.window(like=page, java_script_enabled=False)
    plain.goto(page.url)
    plain.locator(".composer-foot [data-pick-model]").click()
    expect(plain.get_by_role("heading", name="The model of this chat", level=1)).to_be_visible()
    plain.get_by_role("button", name="Rehearsal responder (no key)").last.click()
    plain.wait_for_url(re.compile(r"/chats/\d+#latest$"))
    plain.locator(".composer-foot [data-pick-model]").click()
    expect(plain.locator("[aria-current=true].model-row")).to_have_text(re.compile("Rehearsal responder"))
