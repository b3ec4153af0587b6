"""The import page in a real browser: files dropped anywhere, pictures pasted, and what came of them."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.formats.assistants.samples import chatgpt
from tests.formats.fixtures import png, text, v2
from tests.web.browser.steps import sign_up

pytestmark = pytest.mark.browser
CARD = png(text(b"chara", v2(first_mes="\nCome in, {{user}}!\nIt rains.")))


def hand_over(page: Page, event: str, *files: tuple[str, str, bytes]) -> None:
    """Files as the browser gives them to a page when somebody drops or pastes them."""
    given = [{"name": name, "type": kind, "data": base64.b64encode(data).decode()} for name, kind, data in files]
    page.evaluate(
        """([event, files]) => {
          const transfer = new DataTransfer();
          for (const { name, type, data } of files) {
            transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type }));
          }
          const told = event === "paste"
            ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
            : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
          document.querySelector("h1").dispatchEvent(told);
        }""",
        [event, given],
    )


def import_now(page: Page) -> Any:
    """Press *Import*; the outcomes."""
    page.get_by_role("button", name="Import", exact=True).click()
    return page.locator("[data-outcomes] [data-import-result]")


def test_a_card_dropped_beside_the_field_comes_in_and_leads_into_a_chat(page: Page) -> None:
    sign_up(page, "drops@cafe.test")
    page.goto("/import")
    hand_over(page, "drop", ("olga.png", "image/png", CARD))
    outcome = import_now(page)
    expect(outcome).to_contain_text("1 bot, 1 lorebook, 1 entry, 3 greetings.")
    expect(outcome).to_contain_text("Come in, ")
    expect(outcome).not_to_contain_text("It rains.")
    expect(outcome.locator("img").first).to_be_visible()
    outcome.get_by_role("button", name="Chat now").click()
    expect(page.locator("[data-turns]")).to_contain_text("It rains.")


def test_a_pasted_picture_comes_in_and_is_noticed_the_next_time(page: Page) -> None:
    sign_up(page, "pastes@cafe.test")
    page.goto("/import")
    hand_over(page, "paste", ("image.png", "image/png", CARD))
    expect(import_now(page)).to_contain_text("1 bot")
    expect(page.locator("[data-file-drop-name]")).to_contain_text("Cards, lorebooks")
    hand_over(page, "paste", ("image.png", "image/png", CARD))
    outcome = import_now(page)
    expect(outcome).to_contain_text("Already imported from the same file")
    outcome.get_by_role("button", name="Keep both").click()
    expect(outcome).to_contain_text("1 bot")
    expect(page.get_by_role("button", name="Chat now")).to_be_visible()


def test_many_chats_come_in_and_the_refused_one_is_named(page: Page) -> None:
    sign_up(page, "brings@cafe.test")
    page.goto("/import")
    listed = json.dumps([chatgpt("Bread"), chatgpt("Broken", mapping=5)]).encode()
    hand_over(page, "drop", ("conversations.json", "application/json", listed), ("noise.bin", "", b"\x00\x01"))
    outcomes = import_now(page)
    expect(page.locator("[data-progress-words]")).to_have_text("2 done")
    expect(outcomes.filter(has_text="Bread (conversations.json)")).to_contain_text("1 chat, 5 messages")
    expect(outcomes.filter(has_text="Broken (conversations.json)")).to_contain_text("mapping must be an object")
    expect(page.locator("[data-outcomes]")).to_contain_text("noise.bin: ")
