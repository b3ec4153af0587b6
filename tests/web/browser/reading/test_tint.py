"""Speech and actions are tinted, while they are written and afterwards, and each bot's name has a colour of its own."""

import pytest
from playwright.sync_api import Locator, Page, expect

from botcafe.llm.fake.server import FakeProvider
from tests.web.browser.reading.test_reply_ends import add_key, choose_model
from tests.web.browser.steps import ask_in, last, open_bot, sign_up, start_chatting, wait_until_written

pytestmark = pytest.mark.browser
HIGHLIGHTED = """(kind) => Array.from(CSS.highlights.get(kind) ?? [],
    ({ startContainer, startOffset, endOffset }) => startContainer.data.slice(startOffset, endOffset))"""
SPEECH = 'say:*She nods.* "Good evening," she says. 「いいよ」'


def colour(place: Locator) -> str:
    """The colour of some words."""
    found: str = place.evaluate("(node) => getComputedStyle(node).color")
    return found


def talk(page: Page, provider: FakeProvider, email: str, model: str) -> None:
    """A newcomer says hello to a model."""
    sign_up(page, email)
    key = add_key(page, provider, "ok")
    open_bot(page)
    start_chatting(page)
    choose_model(page, f"{key}:{model}")
    page.fill("#entry", "Hello")
    page.keyboard.press("Enter")


def test_speech_and_actions_have_their_colours(page: Page, provider: FakeProvider) -> None:
    """In a finished reply, as elements."""
    talk(page, provider, "tint@cafe.test", SPEECH)
    wait_until_written(page, 3)
    text = last(page).locator("[data-text]")
    assert text.locator(".speech").all_inner_texts() == ['"Good evening,"', "「いいよ」"]
    colours = {colour(text), colour(text.locator(".speech").first), colour(text.locator("em"))}
    assert len(colours) == 3
    assert page.evaluate(HIGHLIGHTED, "speech") == []


def test_a_reply_is_tinted_while_it_is_written(page: Page, provider: FakeProvider) -> None:
    """As ranges of the growing text, that of the open end too; they are gone when it is finished."""
    sign_up(page, "growing@cafe.test")
    open_bot(page)
    start_chatting(page)
    page.fill("#entry", 'Say "one by one and very slowly" and *smile*')
    page.keyboard.press("Enter")
    # The rehearsal responder repeats the words in quotation marks of its own.
    page.wait_for_function("() => (CSS.highlights.get('speech')?.size ?? 0) > 0", timeout=20_000)
    wait_until_written(page, 3)
    assert page.evaluate(HIGHLIGHTED, "speech") == []
    expect(last(page).locator(".speech").first).to_be_visible()


def test_each_bot_of_a_group_has_a_colour_for_its_name(page: Page) -> None:
    """The same after a reload, and on a turn that the script has made."""
    sign_up(page, "names@cafe.test")
    open_bot(page, 2)
    start_chatting(page)
    ask_in(page, "Noor")
    page.get_by_role("button", name="Let Noor Halvorsen speak").click()
    expect(last(page).locator("[data-name]")).to_have_text("Noor Halvorsen")
    made = last(page).locator("[data-name]").get_attribute("class")
    wait_until_written(page, page.locator("[data-turns] > .turn").count())
    names = page.locator(".turn-bot [data-name]")
    assert colour(names.first) != colour(names.last)
    assert names.last.get_attribute("class") == made
    page.reload()
    assert names.last.get_attribute("class") == made
