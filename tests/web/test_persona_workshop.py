"""The workshop of personas: every field, what bots are told, versions and the way back, a chat to try it in."""

from typing import Any

from tests.people import Cast, bot_data
from tests.suites.refusals import signed_in
from tests.web.test_personas import made
from tests.web.visiting import page, post, refused

WHOLE = {
    "name": "Sir Oat",
    "description": "A knight who is tired of dragons.",
    "custom_instructions": "Call me Sir.",
    "tone": "playful",
    "communication_style": "concise",
    "humor_style": "dark",
    "formality_level": "formal",
    "visual_theme": "vintage",
    "color_scheme": "rust and cream",
    "knowledge_sharing": "limited",
    "response_length": "short",
    "creativity_level": "creative",
    "preferred_topics": "oats\nold roads",
    "avoid_topics": "dragons, of any kind",
    "signature_phrases": "By my beard.\nAgain?",
    "conversation_starter": "Is this seat taken?",
    "tags": "brave, tall",
}


def kept(cast: Cast, number: int) -> dict[str, Any]:
    """A persona of Alice's as the collection shows it."""
    found: dict[str, Any] = cast.alice.get(f"/api/personas/{number}?depth=0")
    return found


def test_every_field_is_saved_shown_in_the_form_and_in_the_prompt(cast: Cast) -> None:
    number = made(cast.alice, **WHOLE)
    found = kept(cast, number)
    assert found["interaction_preferences"]["preferred_topics"] == ["oats", "old roads"]
    assert found["interaction_preferences"]["avoid_topics"] == ["dragons, of any kind"]
    assert found["behavior_settings"] == {
        "response_length": "short",
        "creativity_level": "creative",
        "knowledge_sharing": "limited",
    }
    assert found["appearance"]["color_scheme"] == "rust and cream"
    client = signed_in(cast.alice)
    text = page(client, f"/personas/{number}")
    for words in ("Call me Sir.", "rust and cream", "old roads", "By my beard.\nAgain?", "Is this seat taken?"):
        assert words in text
    for words in (
        "Tone: playful",
        "Formality: formal",
        "Likes to talk about: oats, old roads",
        "Does not want to talk about: dragons, of any kind",
        "Often says: By my beard., Again?",
        "Likes replies that are: short",
    ):
        assert words in text
    assert post(client, f"/personas/{number}", **WHOLE)[0] == 302
    assert {**kept(cast, number), "modified_timestamp": "", "updatedAt": ""} == {
        **found,
        "modified_timestamp": "",
        "updatedAt": "",
    }


def test_the_prompt_preview_shows_unsaved_fields(cast: Cast) -> None:
    client = signed_in(cast.alice)
    status, text = post(client, "/personas/preview", **{**WHOLE, "name": "Dame Rye", "tone": "no such tone"})
    assert status == 200
    assert "Dame Rye is Dame Rye: A knight who is tired of dragons." in text
    assert "Humour: dark" in text
    assert "Tone:" not in text
    assert cast.alice.get("/api/personas")["docs"] == []
    assert "Nothing yet" not in post(client, "/personas/preview")[1]


def test_versions_show_what_changed_and_can_be_restored(cast: Cast) -> None:
    number = made(cast.alice, **WHOLE)
    client = signed_in(cast.alice)
    assert post(client, f"/personas/{number}", **{**WHOLE, "description": "A knight who likes dragons."})[0] == 302
    text = page(client, f"/personas/{number}/versions")
    assert "<ins>likes</ins>" in text
    assert "<del>" in text
    older = text.split("/versions/")[-1].partition("/")[0]
    assert post(client, f"/personas/{number}/versions/{older}/restore")[0] == 302
    found = kept(cast, number)
    assert found["description"] == WHOLE["description"]
    assert found["interaction_preferences"]["signature_phrases"] == ["By my beard.", "Again?"]
    assert page(client, f"/personas/{number}/versions").count("<time") == 3


def test_versions_are_their_owners(cast: Cast) -> None:
    number = made(cast.alice, **WHOLE, is_public="on")
    other = made(cast.bob, **WHOLE)
    alice, bob = signed_in(cast.alice), signed_in(cast.bob)
    mine = page(alice, f"/personas/{number}/versions")
    assert "current version" in mine
    assert bob.get(f"/personas/{number}/versions").status_code == 404
    refused(bob, f"/personas/{number}/versions/1/restore", status=404)
    refused(bob, f"/personas/{other}/versions/1/restore", status=404)
    refused(bob, f"/personas/{other}/versions/999999/restore", status=404)
    refused(bob, f"/personas/{number}/try", status=404, bot="mocha")


def test_it_is_tried_in_a_temporary_chat(cast: Cast) -> None:
    cast.alice.make("bot", bot_data(greeting="Welcome, {{user}}."))
    number = made(cast.alice, **WHOLE)
    client = signed_in(cast.alice)
    assert '<option value="mocha">' in page(client, f"/personas/{number}")
    refused(client, f"/personas/{number}/try", status=404, bot="nobody-here")
    status, where = post(client, f"/personas/{number}/try", bot="mocha")
    assert status == 302
    text = page(client, where)
    assert "Welcome, Sir Oat." in text
    chat = cast.alice.get(f"/api/conversation/{where.rpartition('/')[2]}?depth=0")
    assert chat["is_temporary"] is True
    assert chat["persona"] == number
