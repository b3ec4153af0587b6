"""The staff site: every collection has its pages, private words and secrets never show, every act is written down."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from botcafe.cms.schema.collection import all_collections, get_collection
from tests.people import Cast, Person, bot_data

SLUGS = [of.slug for of in all_collections()]


def browser_of(person: Person) -> Client:
    """A signed-in browser."""
    client = Client()
    client.cookies["payload-token"] = person.token
    return client


def address(slug: str, page: str, *args: Any) -> str:
    """The address of a staff page."""
    meta = get_collection(slug).model._meta
    return reverse(f"staff:{meta.app_label}_{meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_collection_has_a_list_and_search_for_staff_only(cast: Cast, slug: str) -> None:
    """Others are sent to the sign-in page."""
    path = address(slug, "changelist")
    assert browser_of(cast.ada).get(path).status_code == 200
    assert browser_of(cast.ada).get(f"{path}?q=tea").status_code == 200
    for person in (cast.alice, cast.stranger):
        assert browser_of(person).get(path).status_code == 302


def test_staff_write_rich_text_as_markdown_and_the_act_is_written_down(cast: Cast) -> None:
    """Lexical on the wire, Markdown on the page, an entry in the audit log."""
    form = {
        "title": "House rules",
        "document_type": "terms",
        "content": "# Be kind\n\nAlways **so**.",
        "version": "1",
        "effective_date": "2026-01-01",
        "is_active": "true",
    }
    made = browser_of(cast.ada).post(address("legalDocuments", "add"), form)
    assert made.status_code == 302, made.content[:2000]
    doc = cast.stranger.get("/api/legalDocuments?depth=0")["docs"][0]
    assert doc["content"]["root"]["children"][0]["type"] == "heading"
    shown = browser_of(cast.ada).get(address("legalDocuments", "change", doc["id"]))
    assert b"**so**" in shown.content
    log = cast.ada.get("/api/auditLog?depth=0")["docs"][0]
    assert (log["act"], log["collection"], log["row"]) == ("create", "legalDocuments", str(doc["id"]))


def test_private_words_and_secrets_never_show(cast: Cast) -> None:
    """A mood's note, a message, a key."""
    mood = cast.alice.make("mood", {"mood": "sad", "note": "planted-private-note"})
    key = cast.alice.make("api-key", {"nickname": "planted-nickname", "provider": "openai", "key": "sk-planted-key"})
    bot = cast.alice.make("bot", bot_data())
    part = [{"bot_id": bot["id"], "role": "primary"}]
    chat = cast.alice.make("conversation", {"bot_participation": part})
    message = cast.alice.make("message", {"conversation": chat["id"], "entry": "planted-private-words"})
    staff = browser_of(cast.ada)
    for slug, row in (
        ("mood", mood),
        ("api-key", key),
        ("conversation", chat),
        ("message", message),
        ("users", {"id": cast.alice.id}),
    ):
        for page in (staff.get(address(slug, "changelist")), staff.get(address(slug, "change", row["id"]))):
            assert page.status_code == 200
            assert b"planted" not in page.content
            assert b"bcrypt" not in page.content


def test_a_value_that_does_not_fit_is_refused_on_the_page_and_nothing_changes(cast: Cast) -> None:
    """The same checks as the API's."""
    bot = cast.alice.make("bot", bot_data())
    path = address("bot", "change", bot["id"])
    form = {"name": "", "slug": "mocha", "system_prompt": "x", "creator_display_name": "A", "user": cast.alice.id}
    answer = browser_of(cast.ada).post(path, form)
    assert answer.status_code == 200
    assert b"This field is required" in answer.content
    assert cast.alice.get(f"/api/bot/{bot['id']}?depth=0")["name"] == "Mocha"
