"""A long chat with a bot of much lore: reasons can be read, what was said at the start is recalled, its source opens."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from playwright.sync_api import Page, expect

from tests.live import Served
from tests.web.browser.steps import Visit, sign_up

pytestmark = pytest.mark.browser
FACT = "My sister Elin keeps bees at Saltmarsh and is afraid of thunder."
TALK = ("The water is high today.", "Somebody left a lantern on the far bank.", "My boots are wet through.")
PAIRS = 250
PEOPLE = ("Osric", "Maud", "Tamsin", "Corin", "Ysolde", "Bram", "Edda", "Piers", "Rowan", "Hilde")


def token_of(page: Page) -> str:
    """The token of who is signed in on a page."""
    return next(str(each["value"]) for each in page.context.cookies() if each["name"] == "payload-token")


def story(bot: str) -> bytes:
    """A chat of five hundred messages, whose second one has the fact."""
    rows: list[dict[str, Any]] = [{"user_name": "Ada", "character_name": bot, "chat_metadata": {}}]
    for number in range(PAIRS):
        mine = FACT if number == 0 else f"{TALK[number % 3]} ({number})"
        rows.append({"name": bot, "is_user": False, "mes": f"The boat moves on, for the {number}th time."})
        rows.append({"name": "Ada", "is_user": True, "mes": mine})
    return b"\n".join(orjson.dumps(row) for row in rows)


def lore() -> bytes:
    """Two hundred entries, one of which is called for."""
    entries = [
        {"uid": n, "key": [f"{PEOPLE[n % 10]} {n}"], "content": f"{PEOPLE[n % 10]} keeps farm number {n}."}
        for n in range(199)
    ]
    entries.append({"uid": 199, "key": ["Thornwood"], "comment": "The wood", "content": "Thornwood is haunted."})
    return orjson.dumps({"name": "The valley", "entries": {str(each["uid"]): each for each in entries}})


def prepared(server: Served, page: Page) -> tuple[str, int]:
    """The bot with its lore, the chat with its past, and what is due remembered: token and chat."""
    token = token_of(page)
    _, made = server.ask("POST", "/api/import", lore(), token)
    book = made["created"][0]["id"]
    data = {"name": "Wren", "slug": "wren", "system_prompt": "You are Wren.", "creator_display_name": "Ada"}
    status, bot = server.ask("POST", "/api/bot?depth=0", {**data, "knowledge_collections": [book]}, token)
    assert status == 201, bot
    _, chat = server.ask("POST", "/api/import", story("Wren"), token)
    number = next(each["id"] for each in chat["created"] if each["collection"] == "conversation")
    server.ask("POST", f"/api/conversation/{number}/remember", {}, token)
    server.work()
    _, found = server.ask("GET", "/api/memory?depth=0&limit=100", None, token)
    assert {each["status"] for each in found["docs"]} == {"proposed"}  # what was said elsewhere is no fact yet
    server.ask("POST", "/api/memory/status", {"ids": [m["id"] for m in found["docs"]], "status": "active"}, token)
    return token, number


def test_reasons_are_read_and_an_old_fact_is_recalled_with_its_source(
    server: Served, visit: Visit, tmp_path: Path
) -> None:
    page = visit.window()
    sign_up(page, "ada-remembers@cafe.test")
    _, chat = prepared(server, page)
    page.goto(f"/chats/{chat}")
    page.wait_for_selector("[data-chat][data-ready]")
    page.fill("#entry", "We came to Thornwood. Tell me: is my sister Elin at Saltmarsh afraid of thunder?")
    page.keyboard.press("Enter")
    expect(page.locator('[data-message][data-state="complete"]').last).to_contain_text("Rehearsal", timeout=30_000)
    reasons = page.locator(".reasons")
    expect(reasons).to_contain_text("The wood")
    expect(reasons).to_contain_text("'Thornwood' in the last message")
    expect(reasons).to_contain_text("Memory")
    page.screenshot(path=str(tmp_path / "reasons.png"), full_page=True)
    memory = reasons.locator("a[href^='/memories/']").first
    memory.click()
    expect(page.locator("textarea[name=entry]")).to_contain_text("Elin")
    page.get_by_role("link", name="Show the source").click()
    expect(page.locator("[data-turns]")).to_contain_text("My sister Elin keeps bees")


def test_what_would_be_told_is_marked_while_it_is_typed(server: Served, visit: Visit) -> None:
    page = visit.window()
    sign_up(page, "ada-tries@cafe.test")
    _, made = server.ask("POST", "/api/import", lore(), token_of(page))
    page.goto(f"/lore/{made['created'][0]['id']}")
    page.get_by_label("Write a message as it might appear in a chat").press_sequentially("Thornwood at dusk")
    expect(page.locator("[data-answer]")).to_contain_text("The wood")
    expect(page.locator("[data-marks] mark")).to_have_text("Thornwood")


def test_the_workshop_shows_what_the_model_would_be_told(visit: Visit) -> None:
    page = visit.window()
    sign_up(page, "ada-makes@cafe.test")
    page.goto("/bots/new")
    page.get_by_label("Name", exact=True).fill("Wren")
    page.get_by_label("Definition", exact=True).fill("{{char}} rows the ferry.")
    expect(page.locator("[data-prompt-preview-body]")).to_contain_text("Wren rows the ferry.")
